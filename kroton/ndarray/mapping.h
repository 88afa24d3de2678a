// SPDX-License-Identifier: BSD-3-Clause
// A file in memory, and whether it is still as long as what was mapped: beyond the end of a file
// that was shortened there is nothing to read, and the system ends a program that tries (SIGBUS).
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline ndarray {
class Mapping {
 public:
  // LENGTH bytes of the file that DESCRIPTOR is open on, copy-on-write. Null when the system
  // refuses; errno tells why.
  static std::shared_ptr<Mapping> make(int descriptor, std::size_t length, std::string path);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  char* start() const { return start_; }
  // ValueError when the file of this path, if it still is the one that was mapped, has become
  // shorter.
  void check() const;

 private:
  Mapping(char* start, std::size_t length, std::string path);
  char* start_;
  std::size_t length_;
  std::string path_;
  dev_t device_ = 0;
  ino_t number_ = 0;
};

// check() of the files behind those of VALUES that are mapped arrays. Costs nothing where no file
// is mapped.
KROTON_API void check_mapped_files(std::span<const Value> values);
}  // namespace kroton::inline ndarray
