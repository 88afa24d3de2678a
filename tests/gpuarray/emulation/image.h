// SPDX-License-Identifier: BSD-3-Clause
// Libraries of kernels for the host, as fake_nvrtc.cpp makes them.
#pragma once
#include <memory>
#include <string>

#include "grid.h"

namespace emulation {
// Whether the bytes are a library of this host. Those of a GPU are not.
bool is_image(const void* bytes);
class Image {
 public:
  // Null, and WHY, when it does not load.
  static std::unique_ptr<Image> load(const void* bytes, std::string& why);
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  const Library& library() const { return library_; }
  // Null when there is no kernel of that name.
  const Entry* entry(const std::string& name) const;

 private:
  Image() = default;
  void* handle_ = nullptr;
  Library library_;
};
}  // namespace emulation
