// SPDX-License-Identifier: BSD-3-Clause
// Any text is a KROTON_FLAGS and a rc file: legal flags, or a ValueError of one line.
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "tests/fuzz/targets/target.h"

namespace {
void read_flags() {
  try {
    kroton::base::detail::reload_flags();
    (void)kroton::base::config().floatX();
    (void)kroton::base::flags_table();
  } catch (const kroton::ValueError&) {
  }
}
}  // namespace

void try_bytes(const std::uint8_t* bytes, std::size_t count) {
  const std::string text(reinterpret_cast<const char*>(bytes), count);
  ::setenv("KROTON_FLAGS", text.c_str(), 1);
  ::unsetenv("KROTONRC");
  read_flags();
  ::unsetenv("KROTON_FLAGS");
  const int file = ::memfd_create("fuzz_rc", 0);
  if (::write(file, bytes, count) != static_cast<ssize_t>(count)) __builtin_trap();
  ::setenv("KROTONRC", ("/proc/self/fd/" + std::to_string(file)).c_str(), 1);
  read_flags();
  ::close(file);
}
