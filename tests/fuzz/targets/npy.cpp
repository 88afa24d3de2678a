// SPDX-License-Identifier: BSD-3-Clause
// A .npy file of any bytes is an array or an error that names the file, read and mapped.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "kroton/base/errors.h"
#include "kroton/ndarray/npy.h"
#include "tests/fuzz/targets/target.h"

void try_bytes(const std::uint8_t* bytes, std::size_t count) {
  const int file = ::memfd_create("fuzz.npy", 0);
  if (::write(file, bytes, count) != static_cast<ssize_t>(count)) __builtin_trap();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const bool mapped : {false, true}) {
    try {
      const auto mode = mapped ? std::optional<std::string>("c") : std::nullopt;
      const kroton::NDArray array = kroton::load_npy(path, mode);
      const kroton::NDArray copy = array.copy();  // touches every byte
      if (copy.shape() != array.shape()) __builtin_trap();
    } catch (const kroton::InternalError&) {
      throw;
    } catch (const kroton::Error& error) {
      if (std::string(error.what()).find(path) == std::string::npos) __builtin_trap();
    }
  }
  ::close(file);
}
