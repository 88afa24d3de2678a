// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/formats.h"

#include <gtest/gtest.h>

#include "kroton/archive/save.h"
#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/tensor/type.h"
#include "tests/archive/folder.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
using archive::restore, archive::restore_shared, archive::save;

namespace {
struct OnHost {
  OnHost() { base::set_flag("experimental.unpickle_gpu_on_cpu", "True"); }
  ~OnHost() { base::set_flag("experimental.unpickle_gpu_on_cpu", "False"); }
};
}  // namespace

TEST(GpuFormats, C4_22_a_device_array_comes_back_to_its_context) {
  NEEDS_DEVICE();
  const Folder folder;
  const std::string path = folder / "a.kroton";
  for (const DType d : {bool_, int8, uint64, float16, bfloat16, float32, float64}) {
    const GpuArray a = on_dev1(NDArray::arange(6).reshape({2, 3}).astype(d)).transpose();
    gpuarray::save(path, a);
    if (d == int8) save(path, Value(a));  // the same
    const Value back = restore(path);
    ASSERT_TRUE(back.is<GpuArray>());
    EXPECT_EQ(back.as<GpuArray>().context(), dev1());
    EXPECT_TRUE(GpuArrayType::values_eq(back.as<GpuArray>(), a)) << name(d);
    const OnHost flag;
    const Value host = restore(path);
    ASSERT_TRUE(host.is<NDArray>());
    EXPECT_EQ(host.as<NDArray>().dtype(), d);
    EXPECT_EQ(list(host), list(a));
  }
}

TEST(GpuFormats, C4_22_a_shared_variable_comes_back_to_its_context) {
  NEEDS_DEVICE();
  const Folder folder;
  const std::string path = folder / "w.kroton";
  dev0();
  const GpuArrayType row(float32, {true, false}, "dev0");
  save(path, GpuArraySharedVariable("w", row, array<float>({1, 2}, {1, 2}), false, true));
  SharedVariable back = restore_shared(path);
  ASSERT_TRUE(as<GpuArraySharedVariable>(Variable(back)));
  EXPECT_EQ(back.name(), "w");
  EXPECT_EQ(back.type(), row);
  EXPECT_EQ(list(back.get_value()), (Doubles{1, 2}));
  back.set_value(array({3., 4.}, {1, 2}));  // allow_downcast was true
  EXPECT_EQ(list(function({}, back * 2)()[0]), (Doubles{6, 8}));
  const OnHost flag;
  SharedVariable host = restore_shared(path);
  EXPECT_EQ(host.type(), tensor::TensorType(float32, {true, false}));
  EXPECT_EQ(list(host.get_value()), (Doubles{1, 2}));
}

TEST(GpuFormats, C4_22_needs_the_context) {
  NEEDS_DEVICE();
  const Folder folder;
  const std::string array_path = folder / "a", shared_path = folder / "w";
  const GpuContext passing = init_dev("opencl0:0", "passing");
  const GpuArray a = GpuArray::from_host(array({1., 2.}), passing);
  gpuarray::save(array_path, a);
  save(shared_path, gpuarray_shared_constructor(a, "w", false, {}, false, {}, "passing"));
  close_context(passing);
  CHECK_ERROR(ContextNotDefined, gpuarray::save(folder / "late", a),
              "save: the value is " + Value(a).text() +
                  ", whose context has no name; give it one by reg_context");
  for (const std::string& path : {array_path, shared_path}) {
    CHECK_ERROR(ContextNotDefined,
                path == array_path ? restore(path) : restore_shared(path).get_value(),
                "restore: '" + path +
                    "' holds arrays of context passing, which is not defined; open it by init_dev, "
                    "or set flag experimental.unpickle_gpu_on_cpu for host arrays");
  }
  {
    const OnHost flag;
    EXPECT_EQ(list(restore(array_path)), (Doubles{1, 2}));
    EXPECT_EQ(list(restore_shared(shared_path).get_value()), (Doubles{1, 2}));
  }
  const GpuContext again = init_dev("opencl0:0", "passing");
  EXPECT_EQ(restore(array_path).as<GpuArray>().context(), again);
  close_context(again);
}

TEST(GpuFormats, C6_10_a_damaged_file_of_a_device_array_is_named) {
  NEEDS_DEVICE();
  const Folder folder;
  const std::string path = folder / "a";
  gpuarray::save(path, on_dev0(array({1., 2.})));
  std::string bytes = base::read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  base::write_file(path, bytes);
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path +
                  "' is damaged: its content is not what was written; take a copy of it that is "
                  "whole");
}
