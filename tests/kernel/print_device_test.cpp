// SPDX-License-Identifier: BSD-3-Clause
// The device dialects: NVRTC compiles the CUDA text, PoCL (or any CPU OpenCL) compiles and runs the
// OpenCL text, which must give the interpreter's bits.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>

#include "examples.h"
#include "kroton/base/text.h"
#include "kroton/kernel/print.h"
#include "opencl_host.h"

using namespace kernel_test;
using namespace kroton::kernel;

namespace {
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

  std::string compile(const std::string& text, const std::string& architecture) {
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
    Printed printed = print_cuda(specialised(e.kernel, e.arrays), "k_" + e.name, {});
    for (const char* architecture : {"sm_80", "sm_90", "sm_100"}) {
      const std::string log = nvrtc.compile(printed.text, architecture);
      if (log.find("invalid value for --gpu-architecture") != std::string::npos) continue;
      EXPECT_EQ(log, "") << architecture << "\n" << kroton::base::number_lines(printed.text);
    }
  }
}

TEST(PrintOpenCL, runs_every_example_with_the_interpreters_bits) {
  OpenClHost host;
  if (!host.missing().empty()) GTEST_SKIP() << host.missing();
  for (bool cpu : {true, false}) {
    for (Example& e : examples()) {
      if (!e.on_devices) continue;
      SCOPED_TRACE(e.name + (cpu ? " on a CPU device" : " in groups"));
      DeviceTuning tuning{cpu, 64};
      Specialised s = specialised(e.kernel, e.arrays);
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
