// SPDX-License-Identifier: BSD-3-Clause
#include "image.h"

#include <dlfcn.h>
#include <elf.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace emulation {
namespace {
const Elf64_Ehdr* header(const void* bytes) { return static_cast<const Elf64_Ehdr*>(bytes); }
// That of this program, which is of the host.
unsigned host_machine() {
  static const unsigned machine = [] {
    Elf64_Ehdr own{};
    if (FILE* file = std::fopen("/proc/self/exe", "rb")) {
      if (std::fread(&own, sizeof own, 1, file) != 1) own.e_machine = 0;
      std::fclose(file);
    }
    return own.e_machine;
  }();
  return machine;
}
}  // namespace

bool is_image(const void* bytes) {
  return std::strncmp(static_cast<const char*>(bytes), ELFMAG, SELFMAG) == 0 &&
         header(bytes)->e_machine == host_machine();
}

std::unique_ptr<Image> Image::load(const void* bytes, std::string& why) {
  // A linker writes the table of sections last.
  const std::size_t size =
      header(bytes)->e_shoff + std::size_t{header(bytes)->e_shentsize} * header(bytes)->e_shnum;
  // Of a new name each time: the loader knows libraries by their names.
  std::string path = (std::filesystem::temp_directory_path() / "kroton_image.XXXXXX").string();
  const int file = mkstemp(path.data());
  if (file < 0) {
    why = "no temporary file " + path;
    return nullptr;
  }
  const bool written = write(file, bytes, size) == static_cast<ssize_t>(size);
  close(file);
  std::unique_ptr<Image> made(new Image);
  if (written) made->handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!made->handle_) why = written ? dlerror() : "cannot write " + path;
  unlink(path.c_str());
  if (!made->handle_) return nullptr;
  char** const shared = static_cast<char**>(dlsym(made->handle_, "kroton_shared"));
  made->library_ = {static_cast<Hooks*>(dlsym(made->handle_, "kroton_hooks")), shared[0],
                    shared[1]};
  return made;
}

Image::~Image() {
  if (handle_) dlclose(handle_);
}

const Entry* Image::entry(const std::string& name) const {
  return static_cast<const Entry*>(dlsym(handle_, ("kroton_entry_" + name).c_str()));
}
}  // namespace emulation
