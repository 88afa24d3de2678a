// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/load.h"

#include <filesystem>
#include <fstream>

#include "kroton/base/errors.h"
#include "kroton/gradient/grad.h"
#include "kroton/graph/generic_type.h"
#include "kroton/ndarray/npy.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
class Load : public ::testing::Test {
 protected:
  Load() { std::filesystem::create_directories(folder_); }
  ~Load() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string saved(const std::string& name, const NDArray& array) const {
    save_npy(file(name), array);
    return file(name);
  }
  // What perform says of PATH when the graph says DTYPE and FLAGS.
  static Value perform(const Value& path, DType dtype, std::vector<bool> flags,
                       std::optional<std::string> mode = {}) {
    const Variable x = T::load(generic("path"), dtype, std::move(flags), std::move(mode));
    Value out;
    x.owner().op().perform(x.owner(), std::vector<Value>{path}, {&out, 1});
    return out;
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("kroton_load_test_" + std::to_string(::getpid()));
};
}  // namespace

TEST_F(Load, C1_1_the_op_says_what_it_is) {
  EXPECT_EQ(T::LoadFromDisk(int64, {false}).text(),
            "Load{dtype: int64, broadcastable: (false,), mmap_mode: none}");
  EXPECT_EQ(T::LoadFromDisk(int64, {false}, "c").text(),
            "Load{dtype: int64, broadcastable: (false,), mmap_mode: c}");
  EXPECT_TRUE(T::LoadFromDisk(int64, {false}) == T::LoadFromDisk(int64, {false}));
  EXPECT_FALSE(T::LoadFromDisk(int64, {false}) == T::LoadFromDisk(int64, {false}, "c"));
  EXPECT_EQ(T::LoadFromDisk(int64, {false}).hash(), T::LoadFromDisk(int64, {false}).hash());
  for (const char* mode : {"r", "r+", "w+", "toto"}) {
    CHECK_ERROR(ValueError, T::LoadFromDisk(int64, {false}, mode),
                "load: mmap_mode is '" + std::string(mode) +
                    "'; leave it out to read the file, or pass 'c' to map it copy-on-write");
  }
}

TEST_F(Load, C1_2_takes_a_string_or_a_generic_variable) {
  const std::string path = saved("a.npy", array({0, 1, 2, 3, 4}));
  EXPECT_EQ(evaluate(T::load(path, int64, {false}) * 2).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{0, 2, 4, 6, 8}));
  const Variable name = generic("path");
  EXPECT_EQ(evaluate(T::load(name, int64, {false}) * 2, {{name, path}}).at<std::int64_t>({4}), 8);
  EXPECT_EQ(T::load(name, int64, {false}).owner().line().line(), static_cast<unsigned>(__LINE__));
  CHECK_ERROR(
      TypeError, T::load(T::dvector("x"), int64, {false}),
      "load: path x is TensorType(float64, vector); it must be a string or a variable made by generic()");
  CHECK_ERROR(TypeError, perform(3.5, int64, {false}), "load: path is 3.5; it must be a string");
  CHECK_ERROR(TypeError, perform(array({1.}), int64, {false}),
              "load: path is float64 (1,); it must be a string");
}

TEST_F(Load, C1_2_is_no_function_of_its_path_and_never_folded) {
  const Variable x = T::load(generic("path"), float64, {false}), w = T::dscalar("w");
  const Apply node = x.owner();
  EXPECT_EQ(node.op().effect(), Effect::reads_state);
  EXPECT_FALSE(node.op().do_constant_folding(node));
  CHECK_ERROR(
      GradientError, node.op().grad(node, {x}),
      "grad: Load{dtype: float64, broadcastable: (false,), mmap_mode: none} is not differentiable; what a file holds is no "
      "function of its path");
  EXPECT_NO_THROW(grad(T::sum(x * w), w));
}

TEST_F(Load, C1_3_storage_is_never_trusted) {
  const std::string path = saved("a.npy", array({1., 2.}));
  const Variable x = T::load(generic("path"), float64, {false});
  Value out = NDArray::zeros({7}).slice({slice({}, {}, 2)});
  x.owner().op().perform(x.owner(), std::vector<Value>{path}, {&out, 1});
  EXPECT_EQ(NDArray(out).to_vector<double>(), (std::vector<double>{1, 2}));
}

TEST_F(Load, C1_4_C1_5_copies_or_maps) {
  const std::string path = saved("a.npy", array({1., 2., 3.}));
  EXPECT_FALSE(NDArray(perform(path, float64, {false})).is_mapped());
  NDArray mapped = perform(path, float64, {false}, "c");
  EXPECT_TRUE(mapped.is_mapped());
  mapped.at<double>({0}) = 9;
  EXPECT_EQ(load_npy(path).at<double>({0}), 1);
  EXPECT_EQ(NDArray(perform(path, float64, {false}, "c")).at<double>({0}), 1);
  EXPECT_TRUE(evaluate(T::load(path, float64, {false}, "c")).is_mapped());
}

TEST_F(Load, C1_6_what_the_graph_says_differently_is_named) {
  CHECK_ERROR(TypeError, T::LoadFromDisk(int32, {false}).make_node({}),
              "load: 0 inputs are given; it takes a path");
  const std::string path = saved("a.npy", NDArray::zeros({2, 3}, int32));
  CHECK_ERROR(TypeError, perform(path, float32, {false, false}),
              "load: '" + path +
                  "' holds int32, the graph says float32; pass dtype int32 or convert the file");
  CHECK_ERROR(
      TypeError, perform(path, int32, {false}),
      "load: '" + path +
          "' holds shape (2, 3), the graph says 1 dimensions; pass a broadcastable of 2 flags");
  CHECK_ERROR(
      TypeError, perform(path, int32, {true, false}),
      "load: '" + path +
          "' holds shape (2, 3), the graph says that axis 0 is broadcastable; its length must be 1");
  EXPECT_EQ(NDArray(perform(path, int32, {false, false})).shape(), (Shape{2, 3}));
}

TEST_F(Load, C1_6_files_that_are_no_arrays_are_named) {
  const auto expect_named = [&](const std::string& path) {
    try {
      perform(path, float64, {false});
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.rfind("load: ", 0), 0u) << text;
      EXPECT_NE(text.find(path), std::string::npos) << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    }
  };
  std::ofstream(file("text.npy")) << "hello, this is no array";
  std::ofstream(file("empty.npy"));
  std::ofstream(file("a.npz")) << "PK\x03\x04 and more";
  const std::string whole = saved("whole.npy", NDArray::zeros({100}));
  std::filesystem::copy_file(whole, file("short.npy"));
  std::filesystem::resize_file(file("short.npy"), 300);
  for (const char* name : {"text.npy", "empty.npy", "a.npz", "short.npy", "missing.npy"})
    expect_named(file(name));
  expect_named(folder_.string());
  std::filesystem::resize_file(whole, 200);
  expect_named(whole);
}
