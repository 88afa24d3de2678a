// SPDX-License-Identifier: BSD-3-Clause
// NumPy's .npy files: save_npy("a.npy", a);   NDArray b = load_npy("a.npy"), c = load_npy("a.npy",
// "c"); Formats 1.0, 2.0 and 3.0, either byte order, C and Fortran order, every DType (a void of
// two bytes is bfloat16). Every failure is an error that names the file.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
// Written whole or not at all: into a temporary file beside, which is then renamed. A Fortran-
// contiguous array is stored in Fortran order, any other in C order. Error when it cannot be
// written.
KROTON_API void save_npy(const std::string& path, const NDArray&);

// mmap_mode nullopt: the data is copied into memory. "c": the file is mapped copy-on-write: only
// what is touched is read, writes stay in memory, is_mapped() is true. Big-endian, empty and
// misaligned data is copied even so. Replace files by renaming: a call on the array of a file that
// was shortened is a ValueError, any other access beyond its end is a SIGBUS. ValueError also for
// other modes and for files that are no .npy; Error when the file cannot be opened.
KROTON_API NDArray load_npy(const std::string& path,
                            std::optional<std::string> mmap_mode = std::nullopt);

struct NpyHeader {
  int version = 1;
  DType dtype = float64;
  bool swapped = false;  // the bytes of each number lie in the other order
  bool fortran_order = false;
  Shape shape;
  std::size_t data_offset = 0;
};

// One opened file, for who must look at the header first. Errors begin with `caller`.
class KROTON_API NpyFile {
 public:
  explicit NpyFile(std::string path, std::string caller = "load_npy");
  ~NpyFile();
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  const NpyHeader& header() const { return header_; }
  NDArray read() const;
  NDArray map() const;  // "c"

 private:
  void open();
  void read_header();
  std::size_t file_size() const;
  std::size_t data_bytes() const;
  void check_complete() const;
  std::size_t read_at(std::size_t offset, void* into, std::size_t count) const;
  Shape strides() const;
  [[noreturn]] void fail(const std::string& fact) const;

  std::string path_, caller_;
  int descriptor_ = -1;
  NpyHeader header_;
};
KROTON_API NpyHeader read_npy_header(const std::string& path);
}  // namespace kroton::inline ndarray
