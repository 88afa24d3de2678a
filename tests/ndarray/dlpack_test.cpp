// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/dlpack.h"

#include "reference.h"

namespace kroton {
namespace {
struct Foreign {
  float data[7] = {-1, 0, 1, 2, 3, 4, 5};
  std::int64_t shape[2] = {2, 3};
  int deleted = 0;
  DLManagedTensor tensor{};
  Foreign() {
    tensor.dl_tensor = {data, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, nullptr, 4};
    tensor.manager_ctx = this;
    tensor.deleter = [](DLManagedTensor* self) {
      ++static_cast<Foreign*>(self->manager_ctx)->deleted;
    };
  }
};
}  // namespace

TEST(DLPack, C0_3_an_array_goes_out_and_comes_back_without_a_copy) {
  for (const DTypeInfo& row : dtype_table) {
    const NDArray a = NDArray::arange(2).astype(row.dtype).slice({newaxis, slice({}, {}, -1)});
    const NDArray b = NDArray::from_dlpack(a.to_dlpack());
    EXPECT_EQ(b.dtype(), row.dtype);
    EXPECT_EQ(b.raw(), a.raw());
    EXPECT_EQ(b.strides(), a.strides());
    EXPECT_TRUE(same_bytes(a, b));
  }
}
TEST(DLPack, C0_3_the_deleter_lets_the_memory_go) {
  const auto before = memory_statistics();
  DLManagedTensor* tensor = NDArray::zeros({2, 3}, float32).to_dlpack();
  EXPECT_EQ(tensor->dl_tensor.ndim, 2);
  EXPECT_EQ(tensor->dl_tensor.strides[0], 3);
  EXPECT_EQ(tensor->dl_tensor.dtype.bits, 32);
  EXPECT_GT(memory_statistics().bytes_live, before.bytes_live);
  tensor->deleter(tensor);
  EXPECT_EQ(memory_statistics().bytes_live, before.bytes_live);
}
TEST(DLPack, C0_3_null_strides_and_an_offset_are_understood) {
  Foreign foreign;
  {
    const NDArray a = NDArray::from_dlpack(&foreign.tensor), row = a.slice({1});
    EXPECT_EQ(a.to_vector<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(a.raw(), foreign.data + 1);
    EXPECT_EQ(foreign.deleted, 0);
  }
  EXPECT_EQ(foreign.deleted, 1);
}
TEST(DLPack, C0_3_what_cannot_be_taken_is_left_to_its_owner) {
  Foreign foreign;
  foreign.tensor.dl_tensor.device.device_type = kDLCUDA;
  EXPECT_ERROR(
      UnsupportedError, NDArray::from_dlpack(&foreign.tensor),
      "from_dlpack: the tensor lives on device type 2, not on the CPU; copy it to the host "
      "first");
  foreign.tensor.dl_tensor.device.device_type = kDLCPU;
  foreign.tensor.dl_tensor.dtype.lanes = 4;
  EXPECT_ERROR(UnsupportedError, NDArray::from_dlpack(&foreign.tensor),
               "from_dlpack: the tensor's type (code 2, 32 bits, 4 lanes) is no dtype; convert it "
               "first");
  foreign.tensor.dl_tensor.dtype.lanes = 1;
  foreign.shape[0] = -2;
  EXPECT_ERROR(ValueError, NDArray::from_dlpack(&foreign.tensor),
               "from_dlpack: shape (-2, 3) has a negative length; use lengths >= 0");
  foreign.tensor.dl_tensor.shape = nullptr;
  EXPECT_ERROR(ValueError, NDArray::from_dlpack(&foreign.tensor),
               "from_dlpack: the tensor has 2 dimensions and no shape; it is damaged");
  EXPECT_ERROR(ValueError, NDArray::from_dlpack(nullptr),
               "from_dlpack: the tensor is null; pass a tensor");
  EXPECT_EQ(foreign.deleted, 0);
  double x[2] = {};
  EXPECT_ERROR(UnsupportedError, NDArray::wrap(x, {2}, {4}, float64, nullptr).to_dlpack(),
               "to_dlpack: strides (4,) are no multiples of 8 bytes; use copy() first");
}
}  // namespace kroton
