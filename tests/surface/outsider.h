// SPDX-License-Identifier: BSD-3-Clause
// What the programs of this folder share: the text of an expected error, an array as a vector, a
// folder for files. Everything of Kroton comes through the umbrella header.
#pragma once
#include <gtest/gtest.h>
#include <kroton/kroton.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <typeinfo>
#include <vector>

#include <unistd.h>

namespace outsider {
// The text of the KIND that CALL throws, itself or a class below it.
template <class Kind = kroton::Error, class Call>
std::string error_of(Call&& call) {
  try {
    static_cast<void>(call());
  } catch (const Kind& error) {
    EXPECT_STRNE(error.what(), "");
    EXPECT_EQ(std::string(error.what()).find("bug in kroton"), std::string::npos) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error, " << typeid(error).name() << ": " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}
inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
// Errors of calls go on with lines that say where.
inline std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
#define EXPECT_HAS(text, part) \
  EXPECT_TRUE(::outsider::has(text, part)) << "in: " << (text) << "\nlooked for: " << (part)

// The elements in C order.
template <class T>
std::vector<T> list(const kroton::NDArray& a) {
  kroton::NDArray c = a.copy();
  std::span<T> s = c.span<T>();
  return {s.begin(), s.end()};
}
using Doubles = std::vector<double>;
using Floats = std::vector<float>;
using Longs = std::vector<std::int64_t>;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "kroton_surface_XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
// A .npy file as NumPy writes it, from the text of its header.
inline std::string npy(const std::string& dictionary, const std::string& data, int major = 1) {
  const std::size_t prefix = major == 1 ? 10 : 12;
  std::string header = dictionary;
  while ((prefix + header.size() + 1) % 64) header += ' ';
  header += '\n';
  std::string bytes = std::string("\x93NUMPY") + static_cast<char>(major) + '\0';
  for (std::size_t i = 0, n = header.size(); i < prefix - 8; ++i, n >>= 8)
    bytes += static_cast<char>(n & 255);
  return bytes + header + data;
}
inline std::string npy_of(const std::string& descr, const std::string& shape,
                          const std::string& data, bool fortran = false, int major = 1) {
  return npy("{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                 ", 'shape': " + shape + ", }",
             data, major);
}
template <class T>
std::string bytes_of(std::initializer_list<T> values, bool big_endian = false) {
  std::string bytes;
  for (const T& value : values) {
    std::string one(reinterpret_cast<const char*>(&value), sizeof(T));
    bytes += big_endian ? std::string(one.rbegin(), one.rend()) : one;
  }
  return bytes;
}
}  // namespace outsider
