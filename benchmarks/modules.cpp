// SPDX-License-Identifier: BSD-3-Clause
// The time from function() to the first result of C text that nobody compiled before: one op as a
// module of its own, and a graph of 30 nodes as one module; in a cold process, in a warm one, and
// from the cache on disk.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "benchmarks/measure.h"
#include "kroton/base/config.h"
#include "kroton/kroton.h"

using namespace kroton;

namespace {
// x + seed on vectors, in C.
class Shift final : public OpOf<Shift> {
 public:
  explicit Shift(int seed) : seed_(seed) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    return c_text(
        R"(
      const int64_t n = kroton_array_shape($x)[0], step = kroton_array_strides($x)[0];
      if (kroton_array_prepare(&$z, KROTON_FLOAT64, 1, &n)) $fail
      const char* x = (const char*)kroton_array_data($x);
      double* z = (double*)kroton_array_data($z);
      for (int64_t i = 0; i < n; ++i) z[i] = *(const double*)(x + i * step) + $seed;)",
        {{"x", in[0]}, {"z", out[0]}, {"seed", std::to_string(seed_)}, {"fail", sub["fail"]}});
  }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  int seed_;

 public:
  static constexpr std::string_view op_name = "Shift";
  static constexpr auto fields = std::tuple{Field{"seed", &Shift::seed_}};
};

// function() and its first call; SEED makes the text one of its own.
double first_call(const char* linker, int nodes, int seed) {
  const NDArray given = NDArray::zeros({10});
  const auto start = std::chrono::steady_clock::now();
  const Variable x = dvector("x");
  Variable z = x;
  for (int i = 0; i < nodes; ++i) z = Shift(seed + i)(z);
  function({x}, z, {.mode = Mode(linker, "None")})(given);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Case {
  const char *label, *linker;
  int nodes;
};
constexpr Case cases[] = {{"one op, a module of its own", "c|py", 1},
                          {"30 nodes, one module", "c", 30}};
}  // namespace

int main() {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("kroton_bench_" + std::to_string(getpid())))
          .string();
  base::set_flag("compiledir", folder);
  for (const Case& c : cases) {
    std::printf("%s: from function() to the first result\n", c.label);
    const auto cold = [&](int i) {
      return bench::in_child([&c, i] { return first_call(c.linker, c.nodes, 1000 * (i + 1)); });
    };
    bench::print_samples("cold process, empty cache", cold);
    bench::print_samples("cold process, from the cache", cold);
  }
  bench::begin("in one process");
  first_call("c", 2, 1);
  for (const Case& c : cases) {
    std::printf("%s\n", c.label);
    const auto run = [&](int i) { return first_call(c.linker, c.nodes, 1000 * i); };
    bench::print_samples("warm process, empty cache", [&](int i) { return run(100 + i); });
    bench::print_samples("warm process, module of this process",
                         [&](int i) { return run(100 + i); });
    bench::print_samples("warm process, from the cache", [&](int i) { return run(1 + i); });
  }
  std::filesystem::remove_all(folder);
}
