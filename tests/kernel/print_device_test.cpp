// SPDX-License-Identifier: BSD-3-Clause
// The device dialects: NVRTC compiles the CUDA text, which a driver that plays a GPU runs; PoCL (or
// any CPU OpenCL) compiles and runs the OpenCL text. Both must give the interpreter's bits.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>

#include "cuda_host.h"
#include "examples.h"
#include "kroton/base/text.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/print.h"
#include "opencl_host.h"

using namespace kernel_test;
using namespace kroton::kernel;

namespace {
using kroton::float32;
namespace f = kroton::kernel::builtin;
using Int = std::int64_t;

Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }

// The log when NVRTC refuses the text, else "".
class Nvrtc {
 public:
  Nvrtc() {
    for (const char* name :
         {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "/usr/local/cuda/lib64/libnvrtc.so"}) {
      if (!library_) library_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
  }
  explicit operator bool() const { return library_ != nullptr; }

  // PTX: takes what the compiler made of it.
  std::string compile(const std::string& text, const std::string& architecture,
                      std::string* ptx = nullptr) {
    void* program = nullptr;
    call<int(void**, const char*, const char*, int, const char* const*, const char* const*)>(
        "nvrtcCreateProgram")(&program, text.c_str(), "kernel.cu", 0, nullptr, nullptr);
    const std::string target = "--gpu-architecture=" + architecture;
    const char* options[] = {target.c_str(), "--fmad=false", "--std=c++17"};
    int status =
        call<int(void*, int, const char* const*)>("nvrtcCompileProgram")(program, 3, options);
    std::size_t size = 0;
    call<int(void*, std::size_t*)>("nvrtcGetProgramLogSize")(program, &size);
    std::string log(size, '\0');
    call<int(void*, char*)>("nvrtcGetProgramLog")(program, log.data());
    if (ptx) {
      std::size_t length = 0;
      call<int(void*, std::size_t*)>("nvrtcGetPTXSize")(program, &length);
      ptx->resize(length);
      call<int(void*, char*)>("nvrtcGetPTX")(program, ptx->data());
    }
    call<int(void**)>("nvrtcDestroyProgram")(&program);
    return status == 0 ? "" : "failed: " + log;
  }

 private:
  template <class F>
  F* call(const char* name) {
    return reinterpret_cast<F*>(dlsym(library_, name));
  }
  void* library_ = nullptr;
};
}  // namespace

TEST(PrintCuda, nvrtc_compiles_every_example) {
  Nvrtc nvrtc;
  if (!nvrtc) GTEST_SKIP() << "no libnvrtc.so";
  for (Example& e : examples()) {
    if (!e.on_devices) continue;
    const Specialised s = specialised(e.kernel, e.arrays);
    for (const std::string architecture : {"sm_80", "sm_90", "sm_100"}) {
      const DeviceTuning tuning{.ends_size = 1024, .narrow = architecture == "sm_90"};
      const Printed printed = print_cuda(s, "k_" + e.name, tuning);
      const std::string log = nvrtc.compile(printed.text, architecture);
      if (log.find("invalid value for --gpu-architecture") != std::string::npos) continue;
      EXPECT_EQ(log, "") << architecture << "\n" << kroton::base::number_lines(printed.text);
    }
  }
}

TEST(PrintCuda, neighbours_are_moved_together_and_counted_in_32_bits) {
  Builder b("sum_of_two");
  const int x = b.in("x", float32, 2), y = b.in("y", float32, 1), z = b.out("z", float32, 2);
  const int n = b.extent("n", {{x, 0}, {z, 0}}), m = b.extent("m", {{x, 1}, {y, 0}, {z, 1}});
  const int i = b.outer(ex(n));
  b.stage();
  const int j = b.axis(ex(m));
  b.store(z, {ax(i), ax(j)}, b.apply(f::add, {b.load(x, {ax(i), ax(j)}), b.load(y, {ax(j)})}));
  const auto kernel = std::make_shared<Kernel>(b.finish());
  const Specialised s = specialise(kernel, {1000, 64}, {{256, 4}, {4}, {256, 4}});
  const std::string text = print_cuda(s, "k", {.narrow = true}).text;
  const std::string expected =
      R"C(struct __align__(16) k_4_k_f32 { k_f32 e[4]; };
KFN k_f32 k_add_f32(k_f32 x, k_f32 y) { return x + y; }
)C"
      R"C(extern "C" __global__ void __launch_bounds__(256) k_0(k_i64 units, const k_i64* lengths, const k_i64* strides, const k_i64* offsets, char* scratch, char* x0, char* x1, char* x2) {
  const k_i64 n3 = lengths[3];
  const k_i64 t0 = (k_i32)strides[0];
  const k_i64 t1 = (k_i32)strides[1];
  const k_i64 t2 = (k_i32)strides[2];
  const k_i64 t3 = (k_i32)strides[3];
  const k_i64 t4 = (k_i32)strides[4];
  const k_i64 t5 = (k_i32)strides[5];
  char* const p0 = x0 + offsets[0];
  char* const p1 = x1 + offsets[1];
  char* const p2 = x2 + offsets[2];
  const k_i64 first = 0;
  const k_i32 pieces = n3 % 4 == 0 && ((k_u64)p0 | (k_u64)t0) % 16 == 0 && ((k_u64)p1 | (k_u64)t2) % 16 == 0 && ((k_u64)p2 | (k_u64)t4) % 16 == 0 ? units / 4 : 0;
  for (k_i32 u = blockIdx.x * blockDim.x + threadIdx.x; u < pieces; u += gridDim.x * blockDim.x) {
    k_i32 rest = u;
    const k_i32 c1 = rest % ((k_i32)n3 / 4) * 4;
    rest /= ((k_i32)n3 / 4);
    const k_i32 c0 = rest;
    char* const q0 = p0 + c0*t0 + c1*t1;
    char* const q1 = p1 + c0*t2 + c1*t3;
    char* const q2 = p2 + c0*t4 + c1*t5;
    k_4_k_f32 e0;
    e0 = *(const k_4_k_f32*)q0;
    k_4_k_f32 e1;
    e1 = *(const k_4_k_f32*)q1;
    k_4_k_f32 e2;
    #pragma unroll 4
    for (int k = 0; k < 4; ++k) {
      const k_f32 v0 = e0.e[k];
      const k_f32 v1 = e1.e[k];
      const k_f32 v2 = k_add_f32(v0, v1);
      e2.e[k] = v2;
    }
    *(k_4_k_f32*)q2 = e2;
  }
)C"
      // What is left over.
      R"C(  for (k_i32 u = pieces * 4 + blockIdx.x * blockDim.x + threadIdx.x; u < units; u += gridDim.x * blockDim.x) {
    k_i32 rest = u;
    const k_i32 c1 = rest % (k_i32)n3;
)C";
  const std::size_t begin = text.find("struct __align__");
  ASSERT_NE(begin, std::string::npos) << text;
  EXPECT_EQ(text.substr(begin, expected.size()), expected);
  Nvrtc nvrtc;
  if (!nvrtc) GTEST_SKIP() << "no libnvrtc.so";
  std::string ptx;
  EXPECT_EQ(nvrtc.compile(text, "compute_90", &ptx), "");
  for (const char* part : {"ld.global.v4.", "st.global.v4."})
    EXPECT_NE(ptx.find(part), std::string::npos) << part << " is not in\n" << ptx;
}

TEST(PrintCuda, lanes_are_halved_by_shuffles) {
  Nvrtc nvrtc;
  if (!nvrtc) GTEST_SKIP() << "no libnvrtc.so";
  for (Example& e : examples()) {
    if (e.name != "softmax") continue;
    std::string ptx;
    const Specialised s = specialised(e.kernel, e.arrays);
    EXPECT_EQ(nvrtc.compile(print_cuda(s, "k", {}).text, "compute_90", &ptx), "");
    EXPECT_NE(ptx.find("shfl.sync.down.b32"), std::string::npos) << ptx;
    // Two for the maximum, two for the sum, and those between the stages.
    std::size_t barriers = 0;
    for (std::size_t at = 0; (at = ptx.find("bar.sync", at)) != std::string::npos; ++at) ++barriers;
    EXPECT_EQ(barriers, 7U) << ptx;
  }
}

TEST(PrintCuda, what_lies_across_is_read_by_tiles) {
  for (const Example& e : examples()) {
    if (e.name != "turned") continue;
    const Specialised s = specialised(e.kernel, e.arrays);
    const std::string text = print_cuda(s, "k", {}).text;
    EXPECT_NE(text.find("__shared__ k_f32 b0[1056];"), std::string::npos) << text;
    EXPECT_NE(text.find("b0[column * 33 + row + k * 8]"), std::string::npos) << text;
    // 40 x 65 points in tiles of 32 x 32, three times.
    const DevicePhase phase = device_phases(s, "k", {}).front();
    EXPECT_EQ(phase.units, 2 * 3 * 3);
    EXPECT_TRUE(phase.grouped);
    EXPECT_EQ(phase.group_size, 256);
  }
}

// Items that look at once would else each write a part of what is told.
TEST(PrintCuda, one_of_the_items_whose_index_is_wrong_tells) {
  for (const Example& e : examples()) {
    if (e.name != "take") continue;
    const Specialised s = specialised(e.kernel, e.arrays);
    EXPECT_NE(print_cuda(s, "k", {})
                  .text.find("  if (fault[0] == 0 && atomicExch((int*)(fault + 3), 1) == 0) {\n"),
              std::string::npos);
    EXPECT_NE(print_c(s, "k").text.find("__atomic_exchange_n((int*)(fault + 3), 1, "),
              std::string::npos);
    EXPECT_NE(
        print_opencl(s, "k", {})
            .text.find(
                "  if (fault[0] == 0 && atomic_xchg((volatile __global int*)(fault + 3), 1) == 0) {\n"),
        std::string::npos);
  }
}

TEST(DevicePhases, lengths_and_strides_decide_the_width_of_counters) {
  Builder b("copy");
  const int x = b.in("x", float32, 2), z = b.out("z", float32, 2);
  const int n = b.extent("n", {{x, 0}, {z, 0}}), m = b.extent("m", {{x, 1}, {z, 1}});
  const int i = b.outer(ex(n));
  b.stage();
  const int j = b.axis(ex(m));
  b.store(z, {ax(i), ax(j)}, b.load(x, {ax(i), ax(j)}));
  const auto kernel = std::make_shared<Kernel>(b.finish());
  const auto fits = [&](Int rows, Int columns, Int stride) {
    return fits_narrow(specialise(kernel, {rows, columns}, {{stride, 4}, {4 * columns, 4}}));
  };
  EXPECT_TRUE(fits(1000, 1000, 8000));
  EXPECT_TRUE(fits(1 << 20, 1 << 10, 1 << 13));   // 1e9 points, 4 GB: products have 64 bits
  EXPECT_FALSE(fits(1 << 20, 1 << 11, 1 << 13));  // too many points
  EXPECT_FALSE(fits(3, 1000, Int{1} << 31));      // too far apart
}

TEST(PrintCuda, runs_every_example_with_the_interpreters_bits_in_any_order) {
  struct Way {
    std::string name;
    DeviceTuning tuning;
    Cuts cuts;
    int shift;
  };
  std::vector<Example> all = examples();
  std::erase_if(all, [](const Example& e) { return !e.on_devices; });
  const Cuts everywhere{2, 1 << 30, 1 << 30};
  for (const auto& [name, tuning, cuts, shift] :
       {Way{"as on a GPU", {.ends_size = 1024}, {}, 0},
        Way{"counted in 32 bits",
            {.group_size = 64, .ends_size = 4, .narrow = true},
            everywhere,
            0},
        Way{"one element further", {.group_size = 64, .narrow = true}, {}, 1}}) {
    std::vector<Specialised> kernels;
    std::vector<Printed> texts;
    for (const Example& e : all) {
      kernels.push_back(specialised(e.kernel, e.arrays, cuts));
      texts.push_back(print_cuda(kernels.back(), "k_" + e.name, tuning));
    }
    CudaHost host(texts);
    ASSERT_EQ(host.log(), "");
    for (std::size_t i = 0; i < all.size(); ++i) {
      Example& e = all[i];
      const std::vector<Array> expected = interpreted(e.kernel, e.arrays);
      for (const int order : {0, -1, 3}) {
        SCOPED_TRACE(e.name + " " + name + ", order " + std::to_string(order));
        std::vector<Array> found = e.arrays;
        ASSERT_EQ(host.run(kernels[i], device_phases(kernels[i], "k_" + e.name, tuning), found,
                           shift, order),
                  "");
        for (std::size_t a = 0; a < found.size(); ++a)
          EXPECT_EQ(found[a].memory, expected[a].memory) << "param " << a;
        e.check(found);
      }
    }
  }
}

TEST(PrintOpenCL, runs_every_example_with_the_interpreters_bits) {
  OpenClHost host;
  if (!host.missing().empty()) GTEST_SKIP() << host.missing();
  struct Way {
    std::string name;
    DeviceTuning tuning;
    Cuts cuts;
  };
  const Cuts everywhere{2, 1 << 30, 1 << 30};
  for (const auto& [name, tuning, cuts] :
       {Way{"on a CPU device", {.cpu = true}, {}}, Way{"in groups", {.group_size = 64}, {}},
        Way{"counted in 32 bits",
            {.group_size = 64, .ends_size = 4, .narrow = true},
            everywhere}}) {
    for (Example& e : examples()) {
      if (!e.on_devices) continue;
      SCOPED_TRACE(e.name + " " + name);
      Specialised s = specialised(e.kernel, e.arrays, cuts);
      ASSERT_TRUE(fits_narrow(s));
      std::string log;
      std::vector<Array> found = e.arrays;
      ASSERT_TRUE(host.run(s, print_opencl(s, "k_" + e.name, tuning),
                           device_phases(s, "k_" + e.name, tuning), found, log))
          << log;
      std::vector<Array> expected = interpreted(e.kernel, e.arrays);
      for (std::size_t a = 0; a < found.size(); ++a)
        EXPECT_EQ(found[a].memory, expected[a].memory) << "param " << a;
      e.check(found);
    }
  }
}
