// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "contexts.h"
#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/devices.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::gpuarray;
using gpuarray_test::dev0;
using gpuarray_test::dev1;

TEST(Context, C3_1_describes_its_device) {
  NEEDS_DEVICE();
  const GpuContext c = dev0();
  EXPECT_EQ(c.kind(), "opencl");
  EXPECT_EQ(c.device(), "opencl0:0");
  EXPECT_EQ(c.name(), "dev0");
  EXPECT_FALSE(c.device_name().empty());
  EXPECT_NE(c.version().find("OpenCL"), std::string::npos);
  EXPECT_GT(c.total_memory(), 1u << 20);
  EXPECT_LE(c.free_memory(), c.total_memory());
  EXPECT_TRUE(c == get_context("dev0"));
  EXPECT_EQ(Value(c).text(), "GpuContext(opencl0:0)");
  CHECK_ERROR(ValueError, GpuContext().kind(),
              "GpuContext::kind: the context is null; open one with init_dev or ask get_context");
}

TEST(Context, C6_7_each_init_dev_opens_a_context_of_its_own) {
  NEEDS_DEVICE();
  EXPECT_FALSE(dev0() == dev1());
  EXPECT_NE(dev0().unique_id(), dev1().unique_id());
  EXPECT_EQ(dev0().device(), dev1().device());
}

TEST(Context, C3_3_C3_4_C3_5_names_are_registered_once) {
  NEEDS_DEVICE();
  const GpuContext c = dev0();
  CHECK_ERROR(ValueError, reg_context("dev0", dev1()),
              "reg_context: the context name 'dev0' is taken; give another one");
  CHECK_ERROR(ValueError, init_dev("opencl0:0", "dev0"),
              "init_dev: the context name 'dev0' is taken; give another one");
  CHECK_ERROR(TypeError, reg_context("none", GpuContext()),
              "reg_context: the context is null; open one with init_dev");
  CHECK_ERROR(ContextNotDefined, get_context("dev7"), "context name dev7 not defined");
  CHECK_ERROR(ContextNotDefined, get_context(std::nullopt), "context name None not defined");
  reg_context("other", c);
  EXPECT_TRUE(get_context("other") == c);
  const std::vector<std::string> names = list_contexts();
  EXPECT_EQ(std::count(names.begin(), names.end(), "other"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "dev0"), 1);
  EXPECT_EQ(name_of_context(c), std::optional<ContextName>("dev0"));
}

TEST(Context, C6_7_an_empty_name_is_the_default_context) {
  NEEDS_DEVICE();
  EXPECT_FALSE(has_default_context());
  const GpuContext c = init_dev("opencl0:0");
  EXPECT_TRUE(get_context(std::nullopt) == c);
  EXPECT_TRUE(get_context("") == c);
  EXPECT_TRUE(has_default_context());
  EXPECT_FALSE(moves_to_device());
  EXPECT_EQ(c.name(), c.device_name());
  CHECK_ERROR(ValueError, init_dev("opencl0:0"),
              "init_dev: there is a default context already; give this one a name");
  close_context(c);
  EXPECT_FALSE(has_default_context());
}

TEST(Context, C3_2_C6_7_what_is_no_device_says_which_there_are) {
  const std::string here = devices_text();
  for (const char* wrong : {"gpu0", "cpu", "opencl", "opencl0", "opencl0:", "opencl:0", "cuda-1",
                            "cuda0:0", "cudax", "opencl0:0x", ""}) {
    CHECK_ERROR(ValueError, init_dev(wrong, "wrong"),
                "init_dev: '" + std::string(wrong) +
                    "' is no device; give cuda, cuda0, or opencl0:0 (platform and device); " +
                    here);
  }
  CHECK_ERROR(DeviceError, init_dev("opencl17:3", "wrong"),
              "init_dev: there is no device 'opencl17:3'; " + here);
  CHECK_ERROR(DeviceError, init_dev("opencl0:99", "wrong"),
              "init_dev: there is no device 'opencl0:99'; " + here);
  CHECK_ERROR(ContextNotDefined, get_context("wrong"), "context name wrong not defined");
}

TEST(Context, the_text_of_its_kernels_can_be_saved) {
  NEEDS_DEVICE();
  const std::string folder = testing::TempDir() + "kroton_device_texts";
  std::filesystem::remove_all(folder);
  const base::FlagScope scope("save_kernels", folder);
  // A context of its own has compiled nothing yet.
  const GpuContext fresh = init_dev("opencl0:0", "saves");
  GpuArray::from_host(NDArray::arange(6).reshape({2, 3}), fresh).transpose().copy();
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".cl") continue;
    EXPECT_NE(base::read_file(entry.path()).find("__kernel"), std::string::npos);
    ++files;
  }
  EXPECT_EQ(files, 1);
  close_context(fresh);
  std::filesystem::remove_all(folder);
}

TEST(Context, memory_is_used_again) {
  NEEDS_DEVICE();
  const GpuContext c = init_dev("opencl0:0", "reuse");
  std::uintptr_t first = 0;
  {
    const GpuArray a = GpuArray::zeros({1000}, float64, c);
    first = a.device_pointer();
  }
  EXPECT_EQ(GpuArray::zeros({1000}, float64, c).device_pointer(), first);
  const std::size_t free = c.free_memory();
  c.release_cached_memory();
  EXPECT_GT(c.free_memory(), free);
  close_context(c);
}

TEST(Context, C3_2_memory_can_be_taken_ahead) {
  NEEDS_DEVICE();
  const std::size_t before = dev0().free_memory();
  const GpuContext c = init_dev("opencl0:0", "ahead", 64.);
  EXPECT_EQ(before - c.free_memory(), 64'000'000u);
  const GpuArray a = GpuArray::zeros({1000000}, float64, c);
  EXPECT_EQ(before - c.free_memory(), 64'000'000u);
  close_context(c);
  EXPECT_EQ(dev0().free_memory(), before);
}

TEST(Context, C6_9_too_much_memory_is_a_DeviceError_that_names_the_device) {
  NEEDS_DEVICE();
  const GpuContext c = init_dev("opencl0:0", "small");
  GpuArray kept = GpuArray::zeros({1000}, float64, c);
  try {
    GpuArray::empty({1000000, 1000000}, float64, c);
    ADD_FAILURE() << "8 TB were there";
  } catch (const DeviceError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("opencl: clCreateBuffer failed with CL_MEM_OBJECT_ALLOCATION_FAILURE for "
                        "8.0 TB on opencl0:0 ("),
              0u)
        << text;
    EXPECT_NE(text.find(" free, "), std::string::npos) << text;
    EXPECT_NE(text.find(" at once); free arrays or use a smaller batch"), std::string::npos)
        << text;
  }
  EXPECT_EQ(kept.to_host().to_vector<double>(), std::vector<double>(1000, 0.));
  close_context(c);
}

TEST(Context, what_is_in_a_closed_context_says_so) {
  NEEDS_DEVICE();
  const GpuContext c = init_dev("opencl0:0", "closed");
  const GpuArray a = GpuArray::from_host(array({1., 2.}), c);
  close_context(c);
  const std::string text =
      "opencl: context 'closed' (opencl0:0) was closed; its arrays are gone, make them again in "
      "another";
  CHECK_ERROR(DeviceError, a.to_host(), text);
  CHECK_ERROR(DeviceError, a.copy(), text);
  CHECK_ERROR(DeviceError, GpuArray::zeros({2}, float64, c), text);
  CHECK_ERROR(DeviceError, reg_context("again", c), text);
  CHECK_ERROR(ContextNotDefined, get_context("closed"), "context name closed not defined");
  CHECK_ERROR(TypeError, close_context(GpuContext()),
              "close_context: the context is null; give one of init_dev");
  const GpuContext again = init_dev("opencl0:0", "closed");
  EXPECT_EQ(GpuArray::from_host(array({1., 2.}), again).to_host().size(), 2u);
  close_context(again);
}
