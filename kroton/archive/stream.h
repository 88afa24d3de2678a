// SPDX-License-Identifier: BSD-3-Clause
// The bytes of an archive: numbers, texts and arrays, little-endian, each with its length in front.
//   Writer w;  w.text("array");  w.array(a);   Reader r(w.bytes(), "w.kroton");  r.text();
//   r.array();
// A Reader trusts nothing: what does not fit is an error that names the file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::archive {
class KROTON_API Writer {
 public:
  void number(std::int64_t value);
  void flag(bool value) { number(value ? 1 : 0); }
  void flags(const std::vector<bool>& values);
  void text(std::string_view value);
  void dtype(DType value) { text(name(value)); }
  void array(const NDArray& value);  // in C order
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class KROTON_API Reader {
 public:
  // PATH: of the file that BYTES (which must outlive the Reader) are from.
  Reader(std::string_view bytes, std::string path) : rest_(bytes), path_(std::move(path)) {}
  std::int64_t number();
  bool flag();
  std::vector<bool> flags();
  std::string text();
  DType dtype();
  NDArray array();
  void expect_end() const;
  const std::string& path() const { return path_; }
  // ValueError "restore: 'PATH' is damaged: FACT; take a copy of it that is whole".
  [[noreturn]] void damaged(const std::string& fact) const;

 private:
  std::string_view take(std::uint64_t count);
  std::string_view rest_;
  std::string path_;
};
}  // namespace kroton::archive
