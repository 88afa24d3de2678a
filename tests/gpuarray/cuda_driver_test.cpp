// SPDX-License-Identifier: BSD-3-Clause
// Every path of the CUDA driver that needs no GPU: against a library that plays the driver.
#include <gtest/gtest.h>

#include "kroton/base/dynlib.h"
#include "kroton/base/errors.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/cuda/driver.h"
#include "kroton/gpuarray/cuda/nvrtc.h"
#include "kroton/gpuarray/cuda/staging.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::gpuarray;

namespace {
class CudaDriver : public testing::Test {
 protected:
  CudaDriver() : library_(FAKE_CUDA) {
    fail = library_.function<void(const char*, int)>("fake_fail");
    capability = library_.function<void(int, int)>("fake_capability");
    launches = library_.function<int()>("fake_launches");
    waits = library_.function<int()>("fake_waits");
    graphs = library_.function<int()>("fake_graphs");
    replayed = library_.function<int()>("fake_replayed");
    pinned = library_.function<std::size_t()>("fake_pinned");
    queued = library_.function<std::size_t()>("fake_queued");
    contexts = library_.function<int()>("fake_contexts");
    used = library_.function<std::size_t()>("fake_used");
    capability(9, 0);
  }
  ~CudaDriver() override {
    for (const std::string& call : failed_) fail(call.c_str(), 0);
  }
  void failing(const std::string& call, int code) {
    failed_.push_back(call);
    fail(call.c_str(), code);
  }
  // One for all contexts of a test, as in a program.
  std::shared_ptr<const cuda::Api> api() {
    std::string why;
    if (!api_) api_ = cuda::Api::open(FAKE_CUDA, why);
    EXPECT_TRUE(api_) << why;
    return api_;
  }
  GpuContext context(const std::string& name, int device = 0, double preallocate = 0) {
    const DeviceAddress address{true, 0, device, "cuda" + std::to_string(device)};
    return GpuContext(std::make_shared<OpenContext>(cuda::open(api(), address), name, preallocate));
  }
  base::Dynlib library_;
  void (*fail)(const char*, int);
  void (*capability)(int, int);
  int (*launches)();
  int (*waits)();
  int (*graphs)();
  int (*replayed)();
  std::size_t (*pinned)();
  std::size_t (*queued)();
  int (*contexts)();
  std::size_t (*used)();
  std::vector<std::string> failed_;
  std::shared_ptr<const cuda::Api> api_;
};

bool has_nvrtc() {
  std::string why;
  return cuda::Nvrtc::get(why) != nullptr;
}
}  // namespace

TEST_F(CudaDriver, C3_1_describes_its_device) {
  const GpuContext c = context("first", 1);
  EXPECT_EQ(c.kind(), "cuda");
  EXPECT_EQ(c.device(), "cuda1");
  EXPECT_EQ(c.device_name(), "Fake Two");
  EXPECT_EQ(c.version(), "9.0");
  EXPECT_EQ(c.total_memory(), std::size_t{1} << 30);
  EXPECT_EQ(c.free_memory(), c.total_memory() - used());
}

TEST_F(CudaDriver, lists_its_devices) {
  const Backend found = cuda::find_devices(api());
  ASSERT_EQ(found.devices.size(), 2u);
  EXPECT_EQ(found.devices[0].device, "cuda0");
  EXPECT_EQ(found.devices[1].name, "Fake Two");
  EXPECT_EQ(cuda::open(api(), {true, 0, 2, "cuda2"}), nullptr);
  failing("cuDeviceGetCount", 100);
  EXPECT_EQ(cuda::find_devices(api()).absent, "cuDeviceGetCount failed with CUDA_ERROR_NO_DEVICE");
}

TEST_F(CudaDriver, a_library_that_does_not_start_is_no_driver) {
  std::string why;
  failing("cuInit", 34);
  EXPECT_EQ(cuda::Api::open(FAKE_CUDA, why), nullptr);
  EXPECT_EQ(why, "cuInit of " FAKE_CUDA " failed with CUDA_ERROR_STUB_LIBRARY");
  EXPECT_EQ(cuda::Api::open("libm.so.6", why), nullptr);
  EXPECT_EQ(why, "libm.so.6 has no function cuInit");
  EXPECT_EQ(cuda::Api::open("libnone.so.1", why), nullptr);
  EXPECT_NE(why.find("libnone.so.1"), std::string::npos);
}

TEST_F(CudaDriver, C4_1_moves_arrays) {
  const GpuContext a = context("a"), b = context("b", 1);
  const GpuArray x = GpuArray::from_host(array({1., 2., 3., 4.}, {2, 2}), a);
  EXPECT_EQ(x.copy_to(b).to_host().to_vector<double>(), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(x.slice({1}).to_host().to_vector<double>(), (std::vector<double>{3, 4}));
  EXPECT_EQ(GpuArray::zeros({3}, float32, b).to_host().to_vector<float>(),
            (std::vector<float>{0, 0, 0}));
}

TEST_F(CudaDriver, large_transfers_go_through_two_pieces_of_pinned_memory) {
  const auto count = static_cast<std::int64_t>(3 * cuda::Staging::piece / 4 + 5);
  NDArray values = NDArray::zeros({count}, float32);
  for (std::int64_t i = 0; i < count; ++i) values.data<float>()[i] = static_cast<float>(i % 8191);
  {
    const GpuContext c = context("staged");
    const GpuArray small = GpuArray::from_host(values.slice({slice(0, 1000)}), c);
    EXPECT_EQ(pinned(), 0U);
    const std::size_t before = queued();
    GpuArray x = GpuArray::from_host(values, c);
    EXPECT_EQ(pinned(), 2 * cuda::Staging::piece);
    EXPECT_EQ(queued() - before, 4U);  // three pieces and what is left
    // What was written may change at once, and pieces are used again in order.
    values.data<float>()[count - 1] = -1;
    EXPECT_EQ(x.to_host().data<float>()[count - 1], static_cast<float>((count - 1) % 8191));
    x.write(values);
    EXPECT_EQ(x.to_host().to_vector<float>(), values.to_vector<float>());
    EXPECT_EQ(queued() - before, 16U);
    EXPECT_EQ(small.to_host().data<float>()[999], 999);
  }
  EXPECT_EQ(pinned(), 0U);
  // Without it the driver copies by itself; what fails says so.
  failing("cuMemHostAlloc", 2);
  EXPECT_EQ(GpuArray::from_host(values, context("alone")).to_host().to_vector<float>(),
            values.to_vector<float>());
  EXPECT_EQ(pinned(), 0U);
  fail("cuMemHostAlloc", 0);
  const GpuContext c = context("c");
  failing("cuEventRecord", 719);
  CHECK_ERROR(DeviceError, GpuArray::from_host(values, c),
              "cuda: cuMemcpyHtoD failed with CUDA_ERROR_LAUNCH_FAILED on cuda0; open another "
              "context with init_dev");
}

TEST_F(CudaDriver, memory_goes_back_with_its_context) {
  const int before = contexts();
  const std::size_t bytes = used();
  {
    const GpuContext c = context("short", 0, 0.25);
    EXPECT_EQ(used() - bytes, std::size_t{1} << 28);
    GpuArray::zeros({100}, float64, c);
    EXPECT_EQ(contexts(), before + 1);
  }
  EXPECT_EQ(contexts(), before);
  EXPECT_EQ(used(), bytes);
}

TEST_F(CudaDriver, C6_9_kept_memory_goes_back_before_memory_is_missing) {
  const GpuContext c = context("full");
  const std::size_t before = used();
  {
    GpuArray::empty({700'000'000}, int8, c);
  }
  EXPECT_GT(used() - before, 600'000'000u);  // kept
  {
    GpuArray::empty({900'000'000}, int8, c);
  }
  CHECK_ERROR(DeviceError, GpuArray::empty({1'600'000'000}, int8, c),
              "cuda: cuMemAlloc failed with CUDA_ERROR_OUT_OF_MEMORY for 1.6 GB on cuda0 (1.1 GB "
              "free, 1.1 GB at once); free arrays or use a smaller batch");
  EXPECT_EQ(GpuArray::zeros({2}, float64, c).size(), 2u);
  CHECK_ERROR(DeviceError, context("too much ahead", 0, 4000.),
              "cuda: 4.0 GB cannot be taken ahead on cuda0 (1.1 GB free, 1.1 GB at once); give a "
              "smaller gpuarray.preallocate");
}

TEST_F(CudaDriver, a_call_that_fails_names_itself_code_and_device) {
  const GpuContext c = context("c"), d = context("d", 1);
  const GpuArray x = GpuArray::from_host(array({1., 2.}), c), y = x.copy_to(d);
  const auto check = [&](const char* symbol, const std::string& call, auto work) {
    SCOPED_TRACE(symbol);
    failing(symbol, 1);
    CHECK_ERROR(DeviceError, work(),
                "cuda: " + call +
                    " failed with CUDA_ERROR_INVALID_VALUE on cuda0; `kroton devices` tells what "
                    "works here");
    fail(symbol, 0);
    EXPECT_NO_THROW(work()) << call;
  };
  check("cuMemcpyDtoHAsync_v2", "cuMemcpyDtoH", [&] { x.to_host(); });
  check("cuMemcpyHtoDAsync_v2", "cuMemcpyHtoD", [&] { GpuArray::from_host(array({1.}), c); });
  check("cuMemcpyDtoDAsync_v2", "cuMemcpyDtoD", [&] { x.copy(); });
  check("cuMemcpyPeerAsync", "cuMemcpyPeer", [&] { y.copy_to(c); });
  check("cuMemsetD8Async", "cuMemsetD8", [&] { GpuArray::zeros({2}, float64, c); });
  check("cuStreamSynchronize", "cuStreamSynchronize", [&] { c.synchronize(); });
  check("cuCtxSetCurrent", "cuCtxSetCurrent", [&] { c.synchronize(); });
  check("cuMemGetInfo_v2", "cuMemGetInfo", [&] { c.free_memory(); });
  check("cuMemAlloc_v2", "cuMemAlloc", [&] { GpuArray::empty({50'000'000}, int8, c); });
  check("cuCtxCreate_v2", "cuCtxCreate", [&] { context("again"); });
}

TEST_F(CudaDriver, a_lost_device_says_so_from_then_on) {
  const GpuContext c = context("dev0");
  const GpuArray x = GpuArray::from_host(array({1., 2.}), c);
  failing("cuMemcpyDtoHAsync_v2", 700);
  CHECK_ERROR(DeviceError, x.to_host(),
              "cuda: cuMemcpyDtoH failed with CUDA_ERROR_ILLEGAL_ADDRESS on cuda0; open another "
              "context with init_dev");
  fail("cuMemcpyDtoHAsync_v2", 0);
  const std::string lost =
      "cuda: context 'dev0' (cuda0) was lost (cuMemcpyDtoH failed with "
      "CUDA_ERROR_ILLEGAL_ADDRESS on cuda0); open another one with init_dev and make its arrays "
      "again";
  CHECK_ERROR(DeviceError, x.to_host(), lost);
  CHECK_ERROR(DeviceError, GpuArray::zeros({2}, float64, c), lost);
  CHECK_ERROR(DeviceError, reg_context("again", c), lost);
  EXPECT_EQ(GpuArray::from_host(array({1., 2.}), context("dev1")).to_host().size(), 2u);
}

TEST_F(CudaDriver, kernels_are_compiled_and_launched) {
  if (!has_nvrtc()) GTEST_SKIP() << "no NVRTC";
  for (const int major : {8, 9, 10}) {
    capability(major, 0);
    const GpuContext c = context("sm" + std::to_string(major));
    const GpuArray x = GpuArray::zeros({4, 5}, float32, c);
    const int before = launches();
    x.transpose().copy();
    EXPECT_EQ(launches(), before + 1);
  }
}

TEST_F(CudaDriver, a_function_is_a_graph_from_its_second_call_on) {
  if (!has_nvrtc()) GTEST_SKIP() << "no NVRTC";
  const GpuContext c = context("graphs");
  reg_context("graphs", c);
  const Variable x = GpuArrayType(float32, {false, false}, "graphs")("x");
  const Variable z = tensor::sum(tensor::cumsum(tensor::exp(x), 0), 1);
  const Mode mode = Mode("FAST_RUN").excluding("fusion");
  const Function f = function({x}, tensor::transfer(z, "graphs"), {.mode = mode}),
                 to_host = function({x}, z, {.mode = mode});
  const GpuArray a = GpuArray::zeros({4, 5}, float32, c);
  int before = launches();
  f(a);
  to_host(a);
  EXPECT_EQ(launches(), before + 6);
  EXPECT_EQ(graphs(), 0);
  before = launches();
  const int waited = waits();
  for (int call = 1; call < 4; ++call) {
    f(a);
    EXPECT_EQ(graphs(), call);
    EXPECT_EQ(replayed(), 3 * call);
  }
  EXPECT_EQ(launches(), before);
  // Only what goes to the host is waited for.
  EXPECT_EQ(waits(), waited);
  to_host(a);
  EXPECT_EQ(waits(), waited + 1);
  // A result that is held keeps its memory: the next call is recorded in other memory, which its
  // own result is no part of.
  const int made = graphs();
  before = launches();
  const Value one = f(a)[0], two = f(a)[0], three = f(a)[0];
  EXPECT_EQ(graphs(), made + 2);
  EXPECT_EQ(launches(), before + 3);
  close_context(c);
}

TEST_F(CudaDriver, what_is_written_while_work_is_recorded_is_there_and_no_part_of_it) {
  const auto driver = cuda::open(api(), {true, 0, 0, "cuda0"});
  std::string failure;
  const Memory to = *driver->allocate(16, failure), other = *driver->allocate(16, failure);
  std::vector<double> values{1, 2};
  driver->begin_recording();
  driver->write({to, 0}, values.data(), 16);
  driver->copy({other, 0}, {to, 0}, 16);
  const std::shared_ptr<void> work = driver->end_recording();
  values = {0, 0};
  const int before = replayed();
  driver->replay(work.get());
  EXPECT_EQ(replayed(), before + 1);
  driver->read(values.data(), {to, 0}, 16);
  EXPECT_EQ(values, (std::vector<double>{1, 2}));
  driver->release(to);
  driver->release(other);
}

TEST_F(CudaDriver, what_cannot_be_recorded_runs_step_by_step) {
  if (!has_nvrtc()) GTEST_SKIP() << "no NVRTC";
  const GpuContext c = context("steps");
  reg_context("steps", c);
  const Variable x = GpuArrayType(float32, {false}, "steps")("x");
  const Function f =
      function({x}, tensor::transfer(tensor::cumsum(tensor::cumsum(x, 0), 0), "steps"),
               {.mode = Mode("FAST_RUN").excluding("fusion")});
  const GpuArray a = GpuArray::zeros({4}, float32, c);
  for (const char* call :
       {"cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags"})
    failing(call, 1);
  const int before = launches(), made = graphs();
  for (int call = 0; call < 3; ++call) f(a);
  EXPECT_EQ(launches(), before + 6);
  EXPECT_EQ(graphs(), made);
  close_context(c);
}

TEST_F(CudaDriver, launches_and_programs_can_fail) {
  if (!has_nvrtc()) GTEST_SKIP() << "no NVRTC";
  const GpuContext c = context("c");
  const GpuArray x = GpuArray::zeros({4, 5}, float32, c);
  failing("cuModuleLoadData", 218);
  try {
    x.transpose().copy();
    ADD_FAILURE() << "a program was loaded";
  } catch (const CompileError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("copy: its kernel does not build for cuda0: the driver does not load the "
                        "binary\n"),
              0u)
        << text;
    EXPECT_NE(text.find("__global__"), std::string::npos) << text;
  }
  fail("cuModuleLoadData", 0);
  failing("cuModuleGetFunction", 500);
  EXPECT_THROW(x.transpose().copy(), CompileError);
  fail("cuModuleGetFunction", 0);
  failing("cuLaunchKernel", 719);
  CHECK_ERROR(DeviceError, x.transpose().copy(),
              "cuda: cuLaunchKernel failed with CUDA_ERROR_LAUNCH_FAILED on cuda0; open another "
              "context with init_dev");
}

TEST(Nvrtc, says_why_a_text_does_not_compile) {
  std::string why;
  const auto nvrtc = cuda::Nvrtc::get(why);
  if (!nvrtc) GTEST_SKIP() << why;
  std::string log;
  EXPECT_FALSE(nvrtc->compile("extern \"C\" __global__ void f() { return 1; }", 90, log));
  EXPECT_NE(log.find("sm_90"), std::string::npos) << log;
  EXPECT_NE(log.find("error"), std::string::npos) << log;
  EXPECT_TRUE(nvrtc->compile("extern \"C\" __global__ void f() {}", 90, log));
  // Newer than NVRTC knows: PTX, for the driver to finish.
  const auto ptx = nvrtc->compile("extern \"C\" __global__ void f() {}", 9999, log);
  ASSERT_TRUE(ptx);
  EXPECT_NE(ptx->find(".visible .entry f"), std::string::npos);
  EXPECT_EQ(cuda::Nvrtc::open("libm.so.6", why), nullptr);
  EXPECT_EQ(why, "libm.so.6 has no function nvrtcVersion");
}
