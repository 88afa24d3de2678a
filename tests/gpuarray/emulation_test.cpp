// SPDX-License-Identifier: BSD-3-Clause
// The driver and the compiler that play a GPU see what a kernel does wrong: what they do not tell
// here they would not tell of the kernels that Kroton prints.
#include <gtest/gtest.h>

#include "kroton/base/dynlib.h"
#include "kroton/base/errors.h"
#include "kroton/gpuarray/cuda/driver.h"
#include "kroton/gpuarray/cuda/nvrtc.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::gpuarray;

namespace {
class Emulation : public testing::Test {
 protected:
  Emulation() {
    std::string why;
    library_ = base::Dynlib(FAKE_CUDA);
    nvrtc_ = cuda::Nvrtc::open(FAKE_NVRTC, why);
    EXPECT_TRUE(nvrtc_) << why;
    const auto api = cuda::Api::open(FAKE_CUDA, why);
    EXPECT_TRUE(api) << why;
    driver_ = cuda::open(api, {true, 0, 0, "cuda0"});
    numbers_ = *driver_->allocate(bytes, why);
    order(0);
  }
  ~Emulation() override {
    driver_->release(numbers_);
    order(0);
  }
  void order(int order) { library_.function<void(int)>("fake_order")(order); }
  std::string report() { return library_.function<const char*()>("fake_report")(); }
  // The numbers that a kernel "k(int* x)" leaves where zeros were.
  std::vector<int> run(const std::string& body, int blocks = 1, int threads = 64) {
    std::string log;
    const auto binary = nvrtc_->compile(
        "extern \"C\" __global__ void __launch_bounds__(256) k(int* x) {\n" + body + "\n}\n", 90,
        log);
    EXPECT_TRUE(binary) << log;
    const auto program = driver_->load(*binary, {"k"});
    driver_->clear({numbers_, 0}, bytes);
    const KernelArgument arguments[] = {{&numbers_.handle, sizeof numbers_.handle}};
    driver_->launch(program->functions.at(0), {blocks, threads}, arguments);
    std::vector<int> found(bytes / sizeof(int));
    driver_->read(found.data(), {numbers_, 0}, bytes);
    return found;
  }
  // The code, and what is told of it.
  void expect_fault(const std::string& code, const std::string& told, const std::string& body,
                    int threads = 64) {
    SCOPED_TRACE(body);
    try {
      run(body, 1, threads);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const DeviceError& error) {
      EXPECT_NE(std::string(error.what()).find(code), std::string::npos) << error.what();
    }
    EXPECT_NE(report().find(told), std::string::npos) << report();
  }
  static constexpr std::size_t bytes = 4096;
  base::Dynlib library_;
  std::shared_ptr<const cuda::Nvrtc> nvrtc_;
  std::shared_ptr<Driver> driver_;
  Memory numbers_;
};
}  // namespace

TEST_F(Emulation, blocks_and_threads_know_their_numbers) {
  const std::vector<int> found =
      run("x[blockIdx.x * blockDim.x + threadIdx.x] = 1000 * gridDim.x + threadIdx.x;", 3, 50);
  EXPECT_EQ(found[0], 3000);
  EXPECT_EQ(found[149], 3049);
  EXPECT_EQ(found[150], 0);
}

TEST_F(Emulation, barriers_and_shuffles_hand_numbers_over) {
  const std::string body =
      "__shared__ int s[64];\n"
      "s[threadIdx.x] = threadIdx.x;\n"
      "__syncthreads();\n"
      "int v = s[63 - threadIdx.x];\n"
      "v = __shfl_down_sync(0xffffffffu, v, 8);\n"
      "x[threadIdx.x] = v;";
  for (const int order : {0, -1, 5}) {
    this->order(order);
    const std::vector<int> found = run(body);
    EXPECT_EQ(found[0], 55);
    EXPECT_EQ(found[23], 63 - 31);
    EXPECT_EQ(found[24], 63 - 24);  // nobody is so far up in the warp
    EXPECT_EQ(found[32], 63 - 40);
  }
}

TEST_F(Emulation, a_missing_barrier_shows_in_one_of_the_orders) {
  const std::string body =
      "__shared__ int s[64];\n"
      "s[threadIdx.x] = threadIdx.x + 1;\n"
      "x[threadIdx.x] = s[(threadIdx.x + 1) % 64];";
  const std::vector<int> forward = run(body);
  order(-1);
  EXPECT_NE(run(body), forward);
}

TEST_F(Emulation, threads_that_wait_for_ever_are_reported) {
  expect_fault("CUDA_ERROR_LAUNCH_FAILED",
               "of 64 threads 32 wait at a barrier, 0 in a shuffle, and 32 have ended",
               "if (threadIdx.x < 32) __syncthreads();");
}
TEST_F(Emulation, a_lane_that_misses_a_shuffle_is_reported) {
  expect_fault("CUDA_ERROR_LAUNCH_FAILED",
               "of 64 threads 0 wait at a barrier, 31 in a shuffle, and 33 have ended",
               "if (threadIdx.x < 31) x[0] = __shfl_down_sync(0xffffffffu, x[1], 1);");
}
TEST_F(Emulation, a_warp_that_is_not_there_shuffles_nothing) {
  expect_fault("CUDA_ERROR_LAUNCH_FAILED", "8 in a shuffle",
               "x[0] = __shfl_down_sync(0xffffffffu, x[1], 1);", 40);
}
TEST_F(Emulation, misaligned_accesses_are_reported) {
  expect_fault("CUDA_ERROR_MISALIGNED_ADDRESS", "a misaligned access, or one of nullptr in line 4",
               "struct __align__(16) four { int e[4]; };\n"
               "four* p = (four*)(x + 4 + threadIdx.x % 4 * 4);\n"
               "if (threadIdx.x == 5) p = (four*)(x + 1); p[0] = p[1];");
}
TEST_F(Emulation, indices_beyond_shared_arrays_are_reported) {
  expect_fault("CUDA_ERROR_ILLEGAL_ADDRESS", "an index beyond its array in line 3",
               "__shared__ int s[63];\ns[threadIdx.x] = 1;");
}
TEST_F(Emulation, what_is_written_beside_an_allocation_is_reported) {
  expect_fault("CUDA_ERROR_ILLEGAL_ADDRESS", "k wrote beside an allocation of 4096 bytes",
               "x[1024] = 1;");
}
TEST_F(Emulation, overflows_are_reported) {
  expect_fault("CUDA_ERROR_LAUNCH_FAILED", "an overflow of + in line 2, thread 3",
               "x[threadIdx.x] = threadIdx.x == 3 ? 2147483647 + gridDim.x * 0 : 1; int y = "
               "x[threadIdx.x]; x[0] = y + 1;");
}
TEST_F(Emulation, more_threads_than_the_text_promises_are_reported) {
  expect_fault("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "512 threads of at most 256", "x[0] = 1;",
               512);
}

TEST_F(Emulation, shared_memory_begins_with_anything) {
  EXPECT_NE(run("__shared__ int s[64];\nx[threadIdx.x] = s[threadIdx.x];")[7], 0);
}

TEST_F(Emulation, what_does_not_compile_is_in_the_log) {
  std::string log;
  EXPECT_FALSE(nvrtc_->compile("extern \"C\" __global__ void f() { return 1; }", 90, log));
  EXPECT_NE(log.find("kernel.cu:1:"), std::string::npos) << log;
  EXPECT_NE(log.find("sm_90"), std::string::npos) << log;
  EXPECT_TRUE(nvrtc_->compile("extern \"C\" __global__ void f() {}", 90, log));
}

TEST_F(Emulation, work_is_recorded_with_its_arguments_and_done_in_order) {
  std::string log;
  const auto binary = nvrtc_->compile(
      "extern \"C\" __global__ void add(int* x, int n) { x[threadIdx.x] += n; }\n"
      "extern \"C\" __global__ void twice(int* x) { x[threadIdx.x] *= 2; }\n",
      90, log);
  ASSERT_TRUE(binary) << log;
  const auto program = driver_->load(*binary, {"add", "twice"});
  driver_->clear({numbers_, 0}, bytes);
  int n = 3;
  const KernelArgument arguments[] = {{&numbers_.handle, sizeof numbers_.handle}, {&n, sizeof n}};
  driver_->begin_recording();
  driver_->launch(program->functions.at(0), {1, 4}, arguments);
  n = 100;
  driver_->launch(program->functions.at(1), {1, 4}, arguments);
  driver_->copy({numbers_, 512}, {numbers_, 0}, 16);
  const std::shared_ptr<void> work = driver_->end_recording();
  std::vector<int> found(4, -1);
  driver_->read(found.data(), {numbers_, 0}, 16);
  EXPECT_EQ(found, std::vector<int>(4, 0));
  for (int expected : {6, 18, 42}) {
    driver_->replay(work.get());
    driver_->read(found.data(), {numbers_, 512}, 16);
    EXPECT_EQ(found, std::vector<int>(4, expected));
  }
}
