// SPDX-License-Identifier: BSD-3-Clause
// A graph that loads a real .npy file, is rewritten, compiled to native kernels and run.
//   demo [FOLDER]      the files are written to FOLDER, the current one by default
#include <kroton/kroton.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The smallest program: a path goes in, the file's content times two comes out.
void double_a_file(const std::string& file) {
  save_npy(file, NDArray::arange(5));  // 0 1 2 3 4

  auto path = generic("path");
  auto x = load(path, int64, {false});
  auto y = x * 2;
  auto fn = function({path}, {y});
  NDArray z = fn(file);

  std::cout << "  load(\"" << file << "\") * 2 = " << z << "\n";
}

// A larger one: a measured signal is scored against a curve with two parameters, with gradients.
void fit_a_file(const std::string& file) {
  const std::int64_t n = 1'000'000;
  auto t = T::arange(n) / double(n);
  save_npy(file, function({}, T::tanh(3.0 * t) + 0.01 * T::sin(1000.0 * t))());

  auto path = generic("path");
  auto a = T::dscalar("a"), b = T::dscalar("b");
  auto signal = load(path, float64, {false}, "c");
  auto error = T::mean(T::sqr(a * T::tanh(b * t) - signal));
  auto gradients = grad(error, {a, b});

  Function f;
  const double build =
      seconds_of([&] { f = function({path, a, b}, {error, gradients[0], gradients[1]}); });
  Outputs out;
  const double first = seconds_of([&] { out = f(file, 1.0, 2.0); });
  const double again = seconds_of([&] { out = f(file, 1.0, 3.0); });
  std::printf("  mean error of 1,000,000 points at a = 1, b = 3: %.6f, gradient (%.6f, %.6f)\n",
              out.item<double>(0), out.item<double>(1), out.item<double>(2));
  std::printf("  graph to function %.1f ms, first call %.1f ms, next call %.1f ms\n", build * 1e3,
              first * 1e3, again * 1e3);
  std::cout << "\n  what runs, after rewriting (" << f.nodes().size() << " nodes):\n";
  const std::string text = debugprint(f);
  std::size_t end = 0;
  for (int lines = 0; lines < 12 && end < text.size(); ++lines) {
    const std::size_t begin = end;
    end = text.find('\n', begin) + 1;
    std::cout << "    " << text.substr(begin, std::min<std::size_t>(end - begin - 1, 100)) << "\n";
  }
}
}  // namespace

int main(int argc, char** argv) {
  try {
    const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
    std::cout << "Kroton " << version() << ", kernels by " << backend() << "\n";
    const double total = seconds_of([&] {
      double_a_file((folder / "stored-array.npy").string());
      fit_a_file((folder / "signal.npy").string());
    });
    std::printf("\n  %.2f s in all, kernels by %s\n", total, backend().c_str());
    return 0;
  } catch (const Error& error) {
    std::cerr << "demo: " << error.what() << "\n";
    return 1;
  }
}
