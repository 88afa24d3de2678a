// SPDX-License-Identifier: BSD-3-Clause
// What the tests of this room share: NumPy's reference files, folders for files of their own, and
// the comparison of whole error texts.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "kroton/base/errors.h"
#include "kroton/ndarray/npy.h"

namespace kroton {
inline std::string reference(const std::string& name) {
  return std::string(KROTON_NDARRAY_DATA) + "/" + name;
}

// A folder that goes with the test.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kroton_XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw Error("no temporary folder");
    folder_ = pattern;
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

 private:
  std::filesystem::path folder_;
};

inline std::string file_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

template <class E, class F>
std::string error_text(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "no exception";
}
#define EXPECT_ERROR(type, call, text) EXPECT_EQ(::kroton::error_text<type>([&] { call; }), text)

inline bool same_bytes(const NDArray& a, const NDArray& b) {
  const NDArray x = a.copy(), y = b.copy();
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(x.raw(), y.raw(), x.nbytes()) == 0;
}
// The six values that the reference files of a dtype hold, as tools/make_reference.py lists them.
inline NDArray six_values(DType d) {
  if (d == bool_) return array({true, false, true, true, false, false}, {2, 3});
  if (is_complex(d)) {
    using C = std::complex<double>;
    return array({C(1, 2), C(-0.5, -1.5), C(0), C(0, 3), C(INFINITY, 1), C(100)}, {2, 3}).astype(d);
  }
  if (is_floating(d))
    return array<double>({0.5, -1.25, INFINITY, -INFINITY, 3., 100.}, {2, 3}).astype(d);
  return with_element_type(d, []<class T>(std::type_identity<T>) -> NDArray {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      using L = std::numeric_limits<T>;
      return array<T>({L::min(), L::max(), T(0), T(1), T(100), T(42)}, {2, 3});
    } else {
      return {};
    }
  });
}
}  // namespace kroton
