// SPDX-License-Identifier: BSD-3-Clause
// An entry of the artifact cache of any bytes is missing, or the bytes behind its header: libFuzzer
// finds the hash of what it has changed, which is why the hash is no signature.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "kroton/jit/artifact_cache.h"
#include "tests/fuzz/targets/target.h"

namespace {
struct Folder {
  Folder() {
    char name[] = "/tmp/kroton_fuzz_XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};
}  // namespace

void try_bytes(const std::uint8_t* bytes, std::size_t count) {
  static const Folder folder;
  static kroton::jit::ArtifactCache cache(folder.path + "/cache", false, 1 << 20);
  const std::string stored = "the code of a kernel";
  if (!cache.store("fuzz", stored)) __builtin_trap();
  {  // over the stored entry, from its beginning
    std::fstream entry(cache.folder() + "/fuzz.art",
                       std::ios::in | std::ios::out | std::ios::binary);
    entry.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  }
  std::ifstream entry(cache.folder() + "/fuzz.art", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(entry), {}};
  const auto found = cache.find("fuzz");
  if (found && (file.size() < 40 || *found != file.substr(40))) __builtin_trap();
  if (found && count == 0 && *found != stored) __builtin_trap();
}
