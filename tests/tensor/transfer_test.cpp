// SPDX-License-Identifier: BSD-3-Clause
// Arrays elsewhere, without a device: a kind of value that only says that it lies elsewhere.
#include "kroton/tensor/transfer.h"

#include "kroton/base/errors.h"
#include "kroton/compile/deep_copy.h"
#include "kroton/compile/function.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
struct Far {
  NDArray values;
  friend const ValueKind& value_kind(const Far&) {
    static const ArrayElsewhere elsewhere{.shape = [](const void* far) { return of(far).shape(); },
                                          .dtype = [](const void* far) { return of(far).dtype(); },
                                          .to_host = [](const void* far) { return of(far).copy(); },
                                          .write = nullptr,
                                          .part = nullptr,
                                          .address = nullptr};
    static const ValueKind kind{
        .name = "Far",
        .type = &typeid(Far),
        .copy = [](const void* far) -> std::shared_ptr<void> {
          return std::make_shared<Far>(Far{of(far).copy()});
        },
        .may_share_memory = [](const void* a,
                               const void* b) { return may_share_memory(of(a), of(b)); },
        .text = [](const void* far) { return "Far " + shape_text(of(far).shape()); },
        .elsewhere = &elsewhere};
    return kind;
  }
  static const NDArray& of(const void* far) { return static_cast<const Far*>(far)->values; }
};

class FarType : public TypeOf<FarType> {
 public:
  static constexpr std::string_view type_name = "FarType";
  explicit FarType(std::vector<bool> flags) : flags_(std::move(flags)) {}
  bool is_array() const override { return true; }
  DType dtype() const override { return float64; }
  const std::vector<bool>& broadcastable() const override { return flags_; }
  std::shared_ptr<const Type> with(DType, std::vector<bool> flags) const override {
    return std::make_shared<const FarType>(std::move(flags));
  }
  std::shared_ptr<const Type> host_form() const override {
    return T::TensorType(float64, flags_).share();
  }
  graph::Variable on_host(const graph::Variable& x) const override;
  Value filter(const Value& value, bool, std::optional<bool>) const override {
    return value.is<Far>() ? value : Value(Far{value});
  }

 private:
  std::vector<bool> flags_;

 public:
  static constexpr auto fields = std::tuple{Field{"broadcastable", &FarType::flags_}};
};

class FromFar : public OpOf<FromFar> {
 public:
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(*in[0].type().host_form())});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = NDArray(in[0]);
  }
};
graph::Variable FarType::on_host(const graph::Variable& x) const { return FromFar()(x); }

using Doubles = std::vector<double>;
Doubles list(const NDArray& a) { return a.to_vector<double>(); }
}  // namespace

TEST(Transfer, cpu_is_where_host_arrays_are) {
  const Variable x = T::dmatrix("x");
  EXPECT_EQ(T::transfer(x, "cpu"), x);
  EXPECT_EQ(x.transfer("cpu"), x);
}

TEST(Transfer, C6_8_unknown_targets_are_named_with_those_that_there_are) {
  const Variable x = T::dmatrix("x");
  try {
    T::transfer(x, "moon");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_EQ(
        std::string(error.what()).find("transfer: x cannot go to 'moon'; the targets are 'cpu'"),
        0u)
        << error.what();
  }
  CHECK_ERROR(TypeError, T::transfer(generic("g"), "cpu"),
              "transfer: g is Generic; only arrays can be transferred");
}

TEST(Transfer, ops_of_tensor_take_arrays_from_elsewhere_to_the_host) {
  const Variable far = FarType({false, false})("far"), x = T::dmatrix("x");
  EXPECT_EQ(far.transfer("cpu").owner().op(), FromFar());
  for (const Variable& z :
       {far + 1, far.sum(), far[0], far.T(), T::dot(x, far), T::join(0, {x, far}),
        far.reshape({-1}), far.astype(float32), far.max(0)}) {
    EXPECT_TRUE(dynamic_cast<const T::TensorType*>(&z.type())) << z.type().text();
  }
  const Function f = function({far, x}, {far + x, far.sum(), T::dot(x, far)});
  const NDArray a = array({1., 2., 3., 4.}, {2, 2}), one = array({1., 0., 0., 1.}, {2, 2});
  const Outputs out = f(Value(Far{a}), one);
  EXPECT_EQ(list(out.array(0)), (Doubles{2, 2, 3, 5}));
  EXPECT_EQ(out.item<double>(1), 10);
  EXPECT_EQ(list(out.array(2)), (Doubles{1, 2, 3, 4}));
}

TEST(Transfer, C4_21_shapes_and_assertions_leave_values_where_they_are) {
  const Variable far = FarType({false, false})("far");
  const Variable row = T::Rebroadcast({{0, true}})(far);
  EXPECT_EQ(row.type(), FarType({true, false}));
  const Variable sure = T::specify_shape(far, {1, 3});
  EXPECT_EQ(sure.type(), FarType({true, false}));
  const Variable copy = DeepCopyOp()(far);
  EXPECT_EQ(copy.type(), far.type());
  const Function f = function({far}, {row, sure, copy, far.shape(), far.shape(1) * 2});
  const Far given{array({1., 2., 3.}, {1, 3})};
  const Outputs out = f(Value(given));
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(out[i].is<Far>()) << i;
    EXPECT_EQ(list(out[i]), (Doubles{1, 2, 3}));
  }
  EXPECT_EQ(out.array(3).to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(out.item<std::int64_t>(4), 6);
  EXPECT_THROW(f(Value(Far{array({1., 2., 3., 4.}, {2, 2})})), ShapeError);
  EXPECT_EQ(f(Value(given)).size(), 5u);
}

TEST(Transfer, host_types_take_values_and_variables_from_elsewhere) {
  const T::TensorType matrix(float64, {false, false});
  const Far far{array({1., 2.}, {1, 2})};
  EXPECT_EQ(list(matrix.filter(Value(far)).as<NDArray>()), (Doubles{1, 2}));
  CHECK_ERROR(
      TypeError, matrix.filter(Value(far), true),
      "TensorType(float64, matrix): the value is Far (1, 2); an array or a number is needed");
  const Variable x = FarType({true, false})("x");
  const Variable here = matrix.filter_variable(x);
  EXPECT_EQ(here.type(), matrix);
  EXPECT_EQ(list(function({x}, here)(Value(far))), (Doubles{1, 2}));
  EXPECT_THROW(matrix.filter_variable(x, false), TypeError);
  EXPECT_EQ(list(shared(Value(far), "", {.target = "cpu"}).get_value()), (Doubles{1, 2}));
}

TEST(Transfer, constants_elsewhere_are_equal_when_their_values_are) {
  const auto constant = [](std::initializer_list<double> values) {
    return FarType({false}).make_constant(array(values));
  };
  EXPECT_TRUE(constant({1., 2.}).same_as(constant({1., 2.})));
  EXPECT_FALSE(constant({0.}).same_as(constant({-0.})));
  EXPECT_EQ(constant({1.}).signature_hash(), constant({1.}).signature_hash());
  EXPECT_EQ(constant({1., 2.}).value_text(), "FarConstant{[1. 2.]}");
  const Variable here = T::constant(Value(Far{array({1., 2.})}));
  EXPECT_EQ(list(as<Constant>(here)->data()), (Doubles{1, 2}));
}
