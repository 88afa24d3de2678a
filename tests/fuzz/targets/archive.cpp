// SPDX-License-Identifier: BSD-3-Clause
// An archive of any bytes, and one whose head fits any content, is a value, a shared variable or an
// error that names the file.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "kroton/archive/save.h"
#include "kroton/archive/stream.h"
#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "tests/fuzz/targets/target.h"

namespace {
template <class Restore>
void try_restore(const std::string& path, const Restore& restore) {
  try {
    restore(path);
  } catch (const kroton::InternalError&) {
    throw;
  } catch (const kroton::Error& error) {
    if (std::string(error.what()).find(path) == std::string::npos) __builtin_trap();
  }
}

void try_file(const std::string& bytes) {
  const int file = ::memfd_create("fuzz.kroton", 0);
  if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    __builtin_trap();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  try_restore(path, [](const std::string& p) { (void)kroton::archive::restore(p).text(); });
  try_restore(path, [](const std::string& p) {
    (void)kroton::archive::restore_shared(p).get_value().text();
  });
  ::close(file);
}

// What save() writes before CONTENT: magic, version, length, hash.
std::string head_of(const std::string& content) {
  kroton::archive::Writer head;
  head.number(1);
  head.number(static_cast<std::int64_t>(content.size()));
  head.number(static_cast<std::int64_t>(kroton::base::hash64(content)));
  return "\x93KROTON\n" + head.bytes();
}
}  // namespace

void try_bytes(const std::uint8_t* bytes, std::size_t count) {
  const std::string text(reinterpret_cast<const char*>(bytes), count);
  try_file(text);
  try_file(head_of(text) + text);
}
