// SPDX-License-Identifier: BSD-3-Clause
// A file larger than memory has to be: 4 GiB of float64, mapped copy-on-write, of which one slice
// is reduced. Only the slice is read: the peak memory of the process shows it.
//   large_file [FOLDER]
#include <kroton/kroton.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// A sparse file: the header is written, the elements are zeros that take no space on the disk.
void make_sparse_npy(const std::string& file, std::int64_t elements) {
  std::string header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(elements) + ",), }";
  header.resize(128 - 10 - 1, ' ');
  header += '\n';
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write("\x93NUMPY\x01\x00", 8);
  const char length[2] = {static_cast<char>(header.size() & 0xff),
                          static_cast<char>(header.size() >> 8)};
  out.write(length, 2);
  out << header;
  out.close();
  if (truncate(file.c_str(), 128 + elements * 8) != 0)
    throw Error("cannot make a sparse file of 4 GiB at " + file);
}

double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  const std::string file = (folder / "sparse.npy").string();
  int status = 1;
  try {
    const std::int64_t elements = std::int64_t{1} << 29;
    make_sparse_npy(file, elements);

    auto path = generic("path");
    auto start = T::lscalar("start"), stop = T::lscalar("stop");
    auto x = load(path, float64, {false}, "c");
    auto f = function({path, start, stop}, T::sum(T::exp(x[{slice(start, stop)}])));
    f(file, 0, 1);  // compiles the kernel

    const std::int64_t length = 8'000'000, first = elements - length;
    const double before = peak_megabytes();
    const double total = f(file, first, elements).item<double>();
    const double grown = peak_megabytes() - before,
                 slice_size = static_cast<double>(length) * 8 / (1 << 20);
    std::printf("sum of exp of the last %lld of %lld zeros: %.0f\n", static_cast<long long>(length),
                static_cast<long long>(elements), total);
    std::printf("the file holds %.0f MiB, the slice %.1f MiB; peak memory rose by %.1f MiB\n",
                static_cast<double>(elements) * 8 / (1 << 20), slice_size, grown);
    status = total == static_cast<double>(length) && grown <= slice_size + 16 ? 0 : 1;
    if (status != 0) std::cerr << "large_file: the sum or the memory is not what it has to be\n";
  } catch (const Error& error) {
    std::cerr << "large_file: " << error.what() << "\n";
  }
  unlink(file.c_str());
  return status;
}
