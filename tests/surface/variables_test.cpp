// SPDX-License-Identifier: BSD-3-Clause
// Variables, their types, the makers of input variables, shapes.
#include "outsider.h"

#include <cmath>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
using outsider::Longs;
namespace T = kroton::tensor;
using Flags = std::vector<bool>;

TEST(Variables, C0_5_an_empty_variable_is_false_and_never_crashes) {
  Variable nothing;
  EXPECT_FALSE(nothing);
  EXPECT_TRUE(nothing == Variable());
  EXPECT_TRUE(matrix("x"));
  EXPECT_FALSE(Apply());
  EXPECT_TRUE(Apply() == Apply());
  error_of([&] { return nothing.type().text(); });
  error_of([&] { return nothing.dtype(); });
  error_of([&] { return nothing + 1; });
  error_of([&] { return -nothing; });
  error_of([&] { return T::exp(nothing); });
  error_of([&] { return nothing[0]; });
  error_of([&] { return nothing.sum(); });
  error_of([&] { return function({nothing}, constant(1)); });
  error_of([&] { return function({}, nothing); });
  error_of([&] { return grad(nothing, dscalar("x")); });
  error_of([&] { return grad(dscalar("x"), nothing); });
  error_of([&] { return nothing.eval(); });
  error_of([&] { return debugprint(nothing); });
  error_of([&] { return Apply().op().text(); });
  error_of([&] { return FunctionGraph({}, {nothing}); });
  EXPECT_EQ((matrix("x") + 1).ndim(), 2u);
}

TEST(Variables, C0_5_identity_is_equality_and_names_are_only_names) {
  auto x = matrix("x"), y = matrix("x");
  EXPECT_TRUE(x == x);
  EXPECT_FALSE(x == y);
  EXPECT_TRUE(x != y);
  Variable same = x;
  EXPECT_TRUE(same == x);
  EXPECT_EQ(x.name(), "x");
  x.set_name("z");
  EXPECT_EQ(same.name(), "z");
  EXPECT_EQ(matrix().name(), "");
  EXPECT_FALSE((x + y) == (x + y));
}

TEST(Variables, C0_5_types_make_variables_and_constants) {
  const TensorType type(float32, {false, true});
  Variable x = type("x"), y = type.make_variable(), z(type, "z"), v(type),
           o(type, std::nullopt, std::nullopt, "o");
  for (const Variable& each : {x, y, z, v, o}) {
    EXPECT_TRUE(each.type() == type);
    EXPECT_FALSE(each.owner());
    EXPECT_EQ(each.dtype(), float32);
    EXPECT_EQ(each.broadcastable(), (Flags{false, true}));
    EXPECT_EQ(each.ndim(), 2u);
  }
  EXPECT_EQ(o.name(), "o");
  Variable from_temporary = TensorType(int8, {})("t");
  EXPECT_EQ(from_temporary.type().text().empty(), false);
  Constant c = type.make_constant(NDArray::zeros({3, 1}, float32), "c"),
           d(type, NDArray::zeros({2, 1}, float32));
  EXPECT_EQ(c.name(), "c");
  EXPECT_EQ(c.data().as<NDArray>().shape(), (Shape{3, 1}));
  EXPECT_TRUE(as<Constant>(Variable(d)));
  EXPECT_FALSE(as<Constant>(x));
  EXPECT_FALSE(as<SharedVariable>(x));
  error_of<TypeError>([&] { return type.make_constant(NDArray::zeros({3, 2}, float32)); });
  error_of<TypeError>([&] { return type.make_constant("text"); });
  error_of<TypeError>([&] { return Constant(type, NDArray::zeros({3}, float32)); });
}

TEST(Variables, C0_5_equal_types_are_equal_and_hash_alike) {
  EXPECT_TRUE(TensorType(float32, {false}) == TensorType(float32, {false}));
  EXPECT_TRUE(TensorType(float32, {false}) == TensorType(float32, {false}, "named"));
  EXPECT_EQ(TensorType(float32, {false}).hash(), TensorType(float32, {false}).hash());
  EXPECT_FALSE(TensorType(float32, {false}) == TensorType(float64, {false}));
  EXPECT_FALSE(TensorType(float32, {false}) == TensorType(float32, {true}));
  EXPECT_FALSE(TensorType(float32, {}) == Scalar(float32));
  EXPECT_TRUE(Scalar(float32) == Scalar(float32));
  EXPECT_TRUE(Generic() == Generic());
  EXPECT_TRUE(DisconnectedType() == DisconnectedType());
  EXPECT_FALSE(Generic() == DisconnectedType());
  EXPECT_TRUE(TensorType(float32, {true}).equals(TensorType(float32, {true})));
  for (const Type* type : {static_cast<const Type*>(new TensorType(int8, {})),
                           static_cast<const Type*>(new Generic)}) {
    EXPECT_NE(type->text(), "");
    EXPECT_TRUE(*type->share() == *type);
    delete type;
  }
}

TEST(Variables, C0_6_literals_have_their_types) {
  EXPECT_EQ(matrix("x").dtype(), float64);
  EXPECT_EQ(scalar().broadcastable(), (Flags{}));
  EXPECT_EQ(vector().broadcastable(), (Flags{false}));
  EXPECT_EQ(matrix().broadcastable(), (Flags{false, false}));
  EXPECT_EQ(row().broadcastable(), (Flags{true, false}));
  EXPECT_EQ(col().broadcastable(), (Flags{false, true}));
  EXPECT_EQ(tensor3().broadcastable(), (Flags{false, false, false}));
  EXPECT_EQ(tensor4().broadcastable(), (Flags{false, false, false, false}));
  EXPECT_EQ(bvector().dtype(), int8);
  EXPECT_EQ(wscalar().dtype(), int16);
  EXPECT_EQ(imatrix("i").dtype(), int32);
  EXPECT_EQ(lvector("l").dtype(), int64);
  EXPECT_EQ(fmatrix("f").dtype(), float32);
  EXPECT_EQ(drow("d").dtype(), float64);
  EXPECT_EQ(ctensor3().dtype(), complex64);
  EXPECT_EQ(zcol().dtype(), complex128);
  EXPECT_EQ(T::tensor(bfloat16, {true, false}, "t").dtype(), bfloat16);
  EXPECT_EQ(T::matrix("x").name(), "x");
  EXPECT_TRUE(generic("g").type() == Generic());
  error_of<TypeError>([] { return generic("g").dtype(); });
  error_of<TypeError>([] { return generic("g") + 1; });
}

TEST(Variables, C0_6_floatX_is_a_flag) {
  base::FlagScope single("floatX", "float32");
  EXPECT_EQ(matrix("x").dtype(), float32);
  EXPECT_EQ(dmatrix("x").dtype(), float64);
  EXPECT_EQ(zeros({2}).dtype(), float32);
}

TEST(Variables, C0_5_owners_inputs_and_indices) {
  auto x = dvector("x");
  auto y = x + 1;
  Apply node = y.owner();
  ASSERT_TRUE(node);
  EXPECT_TRUE(node.outputs().at(static_cast<std::size_t>(y.index())) == y);
  EXPECT_TRUE(node.inputs().at(0) == x);
  EXPECT_TRUE(as<Elemwise>(node));
  EXPECT_FALSE(as<LoadFromDisk>(node));
  EXPECT_TRUE(node == y.owner());
  EXPECT_FALSE(node == (x + 1).owner());
  EXPECT_NE(node.text(), "");
  EXPECT_NE(node.op().text(), "");
  EXPECT_TRUE(node.op() == (x + 2).owner().op());
  EXPECT_FALSE(node.op() == (x * 2).owner().op());
  EXPECT_EQ(node.op().hash(), (x + 2).owner().op().hash());
  EXPECT_TRUE(as<Constant>(node.inputs().at(1)).has_value() || node.inputs().at(1).owner());
}

TEST(Variables, C0_11_eval_computes_from_given_values) {
  auto x = dvector("x"), y = dscalar("y");
  EXPECT_EQ(list<double>((x * y).eval({{x, array({1., 2.})}, {y, 3}})), (Doubles{3, 6}));
  EXPECT_EQ(constant(2.5).eval().item<double>(), 2.5);
  EXPECT_EQ(shared(4.0).eval().item<double>(), 4.0);
  EXPECT_EQ((y + 1).eval({{y, 1}}).item<double>(), 2.0);
  EXPECT_EQ((y + 1).eval({{y, 2}}).item<double>(), 3.0);
  error_of([&] { return (x * y).eval({{x, array({1., 2.})}}); });
  error_of([&] { return (x * y).eval(); });
  error_of([&] { return y.eval({{y, "text"}}); });
  error_of([&] { return (y + 1).eval({{y, 1}, {x, array({1.})}}); });
  error_of([&] { return (y + 1).eval({{y, 1}, {y, 1}}); });
  EXPECT_EQ((y + 1).eval({{y, 2}}).item<double>(), 3.0);
}

TEST(Variables, C0_6_shapes_are_variables) {
  auto x = dmatrix("x");
  const NDArray a = NDArray::zeros({2, 5});
  EXPECT_EQ(list<std::int64_t>(x.shape().eval({{x, a}})), (Longs{2, 5}));
  EXPECT_EQ(x.shape(0).eval({{x, a}}).item<int>(), 2);
  EXPECT_EQ(x.shape(-1).eval({{x, a}}).item<int>(), 5);
  EXPECT_EQ((x.T() + 1).shape()[0].eval({{x, a}}).item<int>(), 5);
  error_of([&] { return x.shape(2); });
  EXPECT_EQ(Shape_i(1)(x).eval({{x, a}}).item<int>(), 5);
  EXPECT_EQ(list<std::int64_t>(ShapeOf()(x).eval({{x, a}})), (Longs{2, 5}));
  EXPECT_EQ(x.shape(0).dtype(), int64);
}

TEST(Variables, C0_6_reshape_flatten_dimshuffle_and_transpose) {
  auto x = dmatrix("x");
  auto s = lvector("s");
  const NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  auto at = [&](const Variable& y) { return NDArray(y.eval({{x, a}})); };
  EXPECT_EQ(at(x.reshape({3, -1})).shape(), (Shape{3, 2}));
  EXPECT_EQ(at(x.reshape({x.shape(1) * 2, 1})).shape(), (Shape{6, 1}));
  EXPECT_EQ(NDArray(x.reshape(s, 3).eval({{x, a}, {s, array({1, 3, 2})}})).shape(),
            (Shape{1, 3, 2}));
  EXPECT_EQ(at(x.flatten()).shape(), (Shape{6}));
  EXPECT_EQ(at(x.dimshuffle({1, "x", 0})).shape(), (Shape{3, 1, 2}));
  EXPECT_EQ(list<double>(at(x.T())), (Doubles{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(list<double>(at(T::transpose(x) * 1)), (Doubles{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(list<double>(at((x.T() + x.T()).T())), (Doubles{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(NDArray(drow("r").dimshuffle({1}).type().filter(array({1.}))).ndim(), 1u);
  error_of([&] { return x.reshape({-1, -1}); });
  error_of([&] { return x.reshape(s, -1); });
  error_of([&] { return x.dimshuffle({0}); });
  error_of([&] { return x.dimshuffle({0, 0, 1}); });
  error_of([&] { return x.dimshuffle({0, 2}); });
  error_of([&] { return x.dimshuffle({0, "y", 1}); });
  error_of([&] { return x.flatten(0); });
  error_of([&] { return x.flatten(3); });
  error_of<ShapeError>([&] { return at(x.reshape({4, 2})); });
  error_of<ShapeError>([&] { return at(x.reshape({4, -1})); });
  error_of([&] { return x.reshape(s, 3).eval({{x, a}, {s, array({2, 3})}}); });
  error_of([&] { return x.reshape({2.5, 2}); });
  EXPECT_EQ(at(x.reshape({3, 2})).shape(), (Shape{3, 2}));
}

TEST(Variables, C0_6_astype_and_cast_convert) {
  auto x = dvector("x");
  EXPECT_EQ(NDArray(x.astype(int32).eval({{x, array({1.7, -1.7})}})).at<std::int32_t>({1}), -1);
  EXPECT_EQ(NDArray(cast(x, bool_).eval({{x, array({0., 2.})}})).at<bool>({1}), true);
  EXPECT_EQ(cast(x, complex64).dtype(), complex64);
  EXPECT_EQ(cast(2, float32).dtype(), float32);
  error_of<TypeError>([] { return cast(zvector("z"), float64); });
  error_of<TypeError>([] { return cast(generic("g"), float64); });
}

TEST(Variables, C0_6_constants_have_broadcastable_ones) {
  EXPECT_EQ(constant(array({1., 2.}, {1, 2})).broadcastable(), (Flags{true, false}));
  EXPECT_EQ(constant(2).ndim(), 0u);
  EXPECT_EQ(constant(2, float64).dtype(), float64);
  EXPECT_EQ(constant(array({1, 2}), float32).dtype(), float32);
  EXPECT_EQ(T::as_tensor_variable(3.0).ndim(), 0u);
  auto x = dvector("x");
  EXPECT_TRUE(T::as_tensor_variable(x) == x);
  error_of([] { return constant(Value()); });
  error_of([] { return constant(Value::object(std::vector<int>{1})); });
}

TEST(Variables, C0_6_makers_make_tensors) {
  auto n = lscalar("n");
  EXPECT_EQ(list<double>(alloc(2., {2, n}).astype(float64).eval({{n, 3}})), (Doubles(6, 2.)));
  EXPECT_EQ(alloc(dvector(), {n, 3}).ndim(), 2u);
  EXPECT_EQ(list<std::int64_t>(arange(n).eval({{n, 3}})), (Longs{0, 1, 2}));
  EXPECT_EQ(list<std::int64_t>(arange(2, n, 3).eval({{n, 9}})), (Longs{2, 5, 8}));
  EXPECT_EQ(list<double>(arange(0., 1., .25).eval()), (Doubles{0, .25, .5, .75}));
  EXPECT_EQ(list<double>(eye(n).eval({{n, 2}})), (Doubles{1, 0, 0, 1}));
  EXPECT_EQ(list<float>(eye(2, 3, 1, float32).eval()), (outsider::Floats{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(NDArray(zeros({n, 1}).eval({{n, 0}})).shape(), (Shape{0, 1}));
  EXPECT_EQ(zeros({n, 1}).broadcastable(), (Flags{false, true}));
  auto x = imatrix("x");
  EXPECT_EQ(T::zeros_like(x).dtype(), int32);
  EXPECT_EQ(list<std::int32_t>(T::ones_like(x).eval({{x, array<int>({5, 6}, {1, 2})}})),
            (std::vector<std::int32_t>{1, 1}));
  EXPECT_EQ(list<double>(T::fill(x, 2.5).astype(float64).eval({{x, array<int>({5, 6}, {1, 2})}})),
            (Doubles{2.5, 2.5}));
  error_of([&] { return alloc(0., {n}).eval({{n, -1}}); });
  error_of([&] { return arange(0, n, 0).eval({{n, 3}}); });
  EXPECT_EQ(NDArray(alloc(0., {n}).eval({{n, 1}})).size(), 1u);
}

TEST(Variables, C0_5_specify_shape_and_rebroadcast_check_when_they_run) {
  auto x = dmatrix("x");
  auto f = function({x}, specify_shape(x, {2, 3}) * 1);
  EXPECT_EQ(f(NDArray::zeros({2, 3})).array().size(), 6u);
  error_of<ShapeError>([&] { return f(NDArray::zeros({2, 4})); });
  EXPECT_EQ(f(NDArray::zeros({2, 3})).array().size(), 6u);
  Variable row_like = Rebroadcast({{0, true}})(x);
  EXPECT_EQ(row_like.broadcastable(), (Flags{true, false}));
  auto g = function({x}, row_like + NDArray::zeros({4, 2}));
  EXPECT_EQ(g(NDArray::zeros({1, 2})).array().shape(), (Shape{4, 2}));
  error_of([&] { return g(NDArray::zeros({4, 2})); });
  EXPECT_EQ(g(NDArray::zeros({1, 2})).array().shape(), (Shape{4, 2}));
  const TensorType m(float64, {false, false}), r(float64, {true, false});
  EXPECT_EQ(m.convert_variable(drow("r")).broadcastable(), (Flags{false, false}));
  EXPECT_EQ(r.convert_variable(x).broadcastable(), (Flags{true, false}));
  EXPECT_FALSE(m.convert_variable(fmatrix("f")));
  EXPECT_FALSE(m.convert_variable(dvector("v")));
  error_of([&] { return Rebroadcast({{5, true}})(x); });
}

TEST(Variables, C0_5_TensorType_filters_values) {
  const TensorType type(float32, {false, true});
  EXPECT_EQ(NDArray(type.filter(NDArray::zeros({3, 1}, float32))).shape(), (Shape{3, 1}));
  EXPECT_EQ(NDArray(type.filter(NDArray::zeros({3, 1}, int16))).dtype(), float32);
  error_of<TypeError>([&] { return type.filter(NDArray::zeros({3, 1}, float64)); });
  EXPECT_EQ(NDArray(type.filter(NDArray::zeros({3, 1}, float64), false, true)).dtype(), float32);
  error_of<TypeError>([&] { return type.filter(NDArray::zeros({3, 1}, int16), true); });
  error_of<TypeError>([&] { return type.filter(NDArray::zeros({3, 2}, float32)); });
  error_of<TypeError>([&] { return type.filter(NDArray::zeros({3}, float32)); });
  error_of<TypeError>([&] { return type.filter("text"); });
  error_of<TypeError>([&] { return type.filter(Value()); });
  const TensorType scalar_type(float32, {});
  EXPECT_EQ(NDArray(scalar_type.filter(0.5)).dtype(), float32);
  error_of<TypeError>([&] { return TensorType(int32, {}).filter(0.5); });
  EXPECT_EQ(NDArray(TensorType(int32, {}).filter(0.5, false, true)).item<int>(), 0);
  const NDArray nan = array({std::nan(""), 1.}), other = array({std::nan(""), 2.}),
                near = array({std::nan(""), 1. + 1e-12});
  const TensorType v(float64, {false});
  EXPECT_TRUE(v.values_eq(nan, nan.copy()));
  EXPECT_FALSE(v.values_eq(nan, other));
  EXPECT_FALSE(v.values_eq(nan, near));
  EXPECT_TRUE(v.values_eq_approx(nan, near));
  EXPECT_FALSE(v.values_eq_approx(nan, other));
  EXPECT_FALSE(v.values_eq(nan, array({1.})));
  EXPECT_TRUE(v.may_share_memory(nan, nan.slice({slice(1, 2)})));
  EXPECT_FALSE(v.may_share_memory(nan, nan.copy()));
}

TEST(Variables, C0_5_graphs_of_functions_can_be_read_and_changed) {
  auto x = dvector("x"), y = dvector("y");
  auto e = T::exp(x), z = e + y;
  FunctionGraph graph({x, y}, {z});
  EXPECT_EQ(graph.inputs().size(), 2u);
  EXPECT_EQ(graph.apply_nodes().size(), 2u);
  const std::vector<Apply> order = graph.toposort();
  ASSERT_EQ(order.size(), 2u);
  EXPECT_EQ(order[1].outputs()[0] == graph.outputs()[0], true);
  graph.check_integrity();
  FunctionGraph copy = graph.clone();
  graph.replace(order[0].outputs()[0], graph.inputs()[0]);
  EXPECT_EQ(graph.apply_nodes().size(), 1u);
  EXPECT_EQ(copy.apply_nodes().size(), 2u);
  graph.replace(graph.outputs()[0], graph.inputs()[1], "for the test");
  EXPECT_TRUE(graph.outputs()[0] == graph.inputs()[1]);
  graph.check_integrity();
  error_of([&] {
    copy.replace(copy.inputs()[0], dmatrix("m"));
    return 0;
  });
  error_of([&] { return FunctionGraph({x}, {z}); });
  EXPECT_EQ(FunctionGraph({x, y}, {z}, false).apply_nodes().size(), 2u);
  EXPECT_TRUE(z.owner().inputs()[0] == e);
}
