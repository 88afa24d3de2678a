// SPDX-License-Identifier: BSD-3-Clause
// The forms in which a program calls the surface: braces, designated initialisers, literals, lists,
// implicit conversions.
#include "outsider.h"

using namespace kroton;
using outsider::Doubles;
using outsider::list;
using outsider::Longs;
namespace T = kroton::tensor;

TEST(Forms, C0_8_inputs_and_outputs_are_lists_or_single_variables) {
  auto x = dvector("x"), y = dvector("y");
  auto s = x + y;
  const NDArray a = array({1., 2.}), b = array({10., 20.});
  EXPECT_EQ(list<double>(function({x, y}, s)(a, b)), (Doubles{11, 22}));
  EXPECT_EQ(list<double>(function({x, y}, {s})(a, b)), (Doubles{11, 22}));
  EXPECT_EQ(function({x, y}, {s, x})(a, b).size(), 2u);
  EXPECT_EQ(function({x, y}, {s, x * 2, Out(y)})(a, b).size(), 3u);
  EXPECT_EQ(function({x, In(y)}, Out(s))(a, b).size(), 1u);
  EXPECT_EQ(function({In(x), In(y, {.name = "other"})}, {Out(s, {.borrow = true})})(a, b).size(),
            1u);
  EXPECT_EQ(function({}, {})().size(), 0u);
  EXPECT_EQ(function({}, constant(3.))().item<double>(), 3.0);
  EXPECT_EQ(function({}, {constant(3.)})().item<double>(), 3.0);
  const std::vector<Variable> variables{x, y}, outs{s, s * 2};
  const std::vector<In> ins{In(x), In(y)};
  const std::vector<Out> many{Out(s), Out(x)};
  EXPECT_EQ(function(variables, outs)(a, b).size(), 2u);
  EXPECT_EQ(function(ins, many)(a, b).size(), 2u);
  EXPECT_EQ(function(variables, s)(a, b).size(), 1u);
  Function later = function({x}, x < 1.5);
  EXPECT_EQ(list<bool>(later(a)), (std::vector<bool>{true, false}));
  auto w = shared(array({1., 1.}), "w");
  EXPECT_EQ(list<double>(function({}, w)()), (Doubles{1, 1}));
  EXPECT_EQ(list<double>(function({}, {w})()), (Doubles{1, 1}));
}

TEST(Forms, C0_8_options_are_designated_initialisers) {
  auto x = dscalar("x"), y = dscalar("y");
  auto w = shared(1.0, "w"), n = shared(std::int64_t{0}, "n");
  auto step = function({x}, w * x, {.updates = {{w, w + x}, {n, n + 1}}, .name = "step"});
  EXPECT_EQ(step.name(), "step");
  EXPECT_EQ(step(2.0).item<double>(), 2.0);
  EXPECT_EQ(step(2.0).item<double>(), 6.0);
  EXPECT_EQ(n.get_value().item<int>(), 2);
  EXPECT_EQ(function({x}, x * y, {.givens = {{y, x + 1}}})(3).item<double>(), 12.0);
  EXPECT_EQ(function({x}, x * y, {.givens = {{y, 2.0}}})(3).item<double>(), 6.0);
  EXPECT_EQ(function({x}, x * 2, {.mode = "FAST_COMPILE"})(3).item<double>(), 6.0);
  EXPECT_EQ(function({x}, x * 2, {.mode = Mode("py", "None")})(3).item<double>(), 6.0);
  EXPECT_EQ(function({x}, x * 2, {.mode = {"py", "None"}})(3).item<double>(), 6.0);
  EXPECT_EQ(
      function({x, y}, x * 2, {.on_unused_input = OnUnusedInput::ignore})(3, 1).item<double>(),
      6.0);
  EXPECT_EQ(function({x}, x * 2,
                     {.allow_input_downcast = true,
                      .profile = false,
                      .no_default_updates = true,
                      .rebuild_strict = true,
                      .accept_inplace = false})(3)
                .item<double>(),
            6.0);
  EXPECT_EQ(function({x}, x * w, {.no_default_updates = {w, n}})(0).item<double>(), 0.0);
  FunctionOptions options;
  options.name = "named";
  options.updates = {{n, 0}};
  function({}, {}, options)();
  EXPECT_EQ(n.get_value().item<int>(), 0);
}

TEST(Forms, C0_8_inputs_have_options) {
  auto x = dscalar("x"), y = dscalar("y");
  auto f = function({x, In(y, {.name = "scale", .value = 10.0})}, x * y);
  EXPECT_EQ(f(2.0).item<double>(), 20.0);
  EXPECT_EQ(f(2.0, 3.0).item<double>(), 6.0);
  EXPECT_EQ(f(2.0, arg("scale") = 4).item<double>(), 8.0);
  EXPECT_EQ(f(arg("scale") = 4, arg("x") = 5).item<double>(), 20.0);
  EXPECT_EQ(f(arg("x") = 3.0).item<double>(), 30.0);
  auto g = function({In(x, {.value = 1.0,
                            .mutable_ = true,
                            .borrow = true,
                            .strict = false,
                            .allow_downcast = true})},
                    x + 1);
  EXPECT_EQ(g().item<double>(), 2.0);
  auto counting = function({In(x, {.value = 1.0, .update = x + 1})}, x * 1);
  EXPECT_EQ(counting().item<double>(), 1.0);
  EXPECT_EQ(counting().item<double>(), 2.0);
}

TEST(Forms, C0_9_arguments_are_values_of_any_kind) {
  auto x = dscalar("x");
  auto f = function({x}, x * 2);
  EXPECT_EQ(f(2).item<int>(), 4);
  EXPECT_EQ(f(2u).item<int>(), 4);
  EXPECT_EQ(f(2L).item<double>(), 4.0);
  EXPECT_EQ(f(2.5f).item<float>(), 5.0f);
  EXPECT_EQ(f(true).item<double>(), 2.0);
  EXPECT_EQ(f(NDArray::full({}, 1.5)).item<double>(), 3.0);
  EXPECT_EQ(f(Value(1.5)).item<double>(), 3.0);
  const Value held = 2;
  EXPECT_EQ(f(held).item<double>(), 4.0);
  EXPECT_EQ(f(f(2)[0]).item<double>(), 8.0);
  auto g = generic("g");
  auto identity = function({g}, g);
  const std::string text = "text";
  EXPECT_EQ(identity("text")[0].as<std::string>(), "text");
  EXPECT_EQ(identity(text)[0].as<std::string>(), "text");
  EXPECT_EQ(identity(text.c_str())[0].as<std::string>(), "text");
  auto z = zscalar("z");
  EXPECT_EQ(function({z}, z * z)(std::complex<double>(0, 1)).item<std::complex<double>>(),
            std::complex<double>(-1, 0));
}

TEST(Forms, C0_9_outputs_convert_iterate_and_count) {
  auto x = dvector("x");
  auto f = function({x}, {x * 2, x.sum()});
  const NDArray a = array({1., 2.});
  Outputs out = f(a);
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(list<double>(out.array()), (Doubles{2, 4}));
  EXPECT_EQ(list<double>(out.array(0)), (Doubles{2, 4}));
  EXPECT_EQ(out.array(1).ndim(), 0u);
  EXPECT_EQ(out.item<double>(1), 3.0);
  EXPECT_EQ(out.item<int>(1), 3);
  std::size_t n = 0;
  for (const Value& value : out) n += value.is<NDArray>();
  EXPECT_EQ(n, 2u);
  NDArray first = out[0], second(out[1]), third = static_cast<NDArray>(out[1]);
  EXPECT_EQ(second.item<double>(), third.item<double>());
  auto g = function({x}, x * 2);
  NDArray z = g(a);
  z = g(z);
  NDArray direct(g(a));
  EXPECT_EQ(list<double>(z), (Doubles{4, 8}));
  EXPECT_EQ(list<double>(direct), (Doubles{2, 4}));
}

TEST(Forms, C0_6_indices_come_in_braces_or_alone) {
  auto x = dmatrix("x");
  auto n = lscalar("n");
  const NDArray a = NDArray::arange(12, float64).reshape({3, 4});
  auto at = [&](const Variable& y) { return y.eval({{x, a}}); };
  EXPECT_EQ(at(x[0]).operator NDArray().shape(), (Shape{4}));
  EXPECT_EQ(at(x[{0}]).operator NDArray().shape(), (Shape{4}));
  EXPECT_EQ((at(x[{1, 2}]).item<double>()), 6.0);
  EXPECT_EQ((at(x[{-1, -1}]).item<double>()), 11.0);
  EXPECT_EQ((at(x[std::size_t{1}][2l]).item<double>()), 6.0);
  EXPECT_EQ((x[{1, slice(0, n), newaxis, ellipsis}].ndim()), 2u);
  EXPECT_EQ((x[{newaxis, ellipsis, newaxis}].ndim()), 4u);
  EXPECT_EQ(x[slice(1, 3)].ndim(), 2u);
  EXPECT_EQ(x[slice(1)].ndim(), 2u);
  EXPECT_EQ(x[slice(std::nullopt, std::nullopt, -1)].ndim(), 2u);
  EXPECT_EQ(x[slice(n, std::nullopt)].ndim(), 2u);
  EXPECT_EQ(x[slice(std::nullopt, n)].ndim(), 2u);
  EXPECT_EQ(x[slice(0, n, 2)].ndim(), 2u);
  EXPECT_EQ(x[slice(0, 2, n)].ndim(), 2u);
  EXPECT_EQ((x[{slice(), n}].ndim()), 1u);
  EXPECT_EQ((x[{Slice{.start = 1}, Slice{.step = 2}}].ndim()), 2u);
  EXPECT_EQ(x[ellipsis].ndim(), 2u);
  EXPECT_EQ(x[newaxis].ndim(), 3u);
  EXPECT_EQ(x[{}].ndim(), 2u);
  const std::vector<Index> indices{0, slice(1, 3)};
  EXPECT_EQ(list<double>(at(x[indices])), (Doubles{1, 2}));
  EXPECT_EQ(x[Index(n)].ndim(), 1u);
}

TEST(Forms, C0_6_members_take_axes_lists_and_options) {
  auto x = dmatrix("x");
  auto t = dtensor3("t");
  auto n = lscalar("n");
  EXPECT_EQ(x.sum().ndim(), 0u);
  EXPECT_EQ(x.sum(0).ndim(), 1u);
  EXPECT_EQ(x.sum(-1).ndim(), 1u);
  EXPECT_EQ(x.sum({0, 1}).ndim(), 0u);
  EXPECT_EQ(x.sum({0}).ndim(), 1u);
  EXPECT_EQ(x.sum({0, 1}, {.keepdims = true}).ndim(), 2u);
  EXPECT_EQ(x.sum({}, {.keepdims = true}).ndim(), 2u);
  EXPECT_EQ(x.sum(std::vector<int>{0}).ndim(), 1u);
  EXPECT_EQ(x.sum(Axes(), {.dtype = float32, .acc_dtype = float64}).dtype(), float32);
  EXPECT_EQ(x.mean(0).ndim(), 1u);
  EXPECT_EQ(x.max({1}, {.keepdims = true}).broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(x.argmax(1).dtype(), int64);
  EXPECT_EQ(T::var(x, 0, {.ddof = 1}).ndim(), 1u);
  EXPECT_EQ(T::std(x, {0, 1}).ndim(), 0u);
  EXPECT_EQ(sum(t, {0, 2}).ndim(), 1u);
  EXPECT_EQ(x.dimshuffle({0, "x", 1}).ndim(), 3u);
  EXPECT_EQ(x.dimshuffle({'x', 1, 0}).ndim(), 3u);
  EXPECT_EQ(x.dimshuffle({1, 0}).ndim(), 2u);
  EXPECT_EQ(x.sum().dimshuffle({"x", "x"}).ndim(), 2u);
  EXPECT_EQ(x.dimshuffle(std::vector<ShuffleAxis>{1, "x", 0}).ndim(), 3u);
  EXPECT_EQ(x.reshape({2, -1}).ndim(), 2u);
  EXPECT_EQ(x.reshape({n, 2, 3}).ndim(), 3u);
  EXPECT_EQ(x.reshape({x.shape(1), x.shape(0)}).ndim(), 2u);
  EXPECT_EQ(x.reshape({-1}).ndim(), 1u);
  EXPECT_EQ(x.reshape(std::vector<Operand>{n, 2}).ndim(), 2u);
  EXPECT_EQ(x.reshape(lvector("shape"), 3).ndim(), 3u);
  EXPECT_EQ(reshape(x, {n, 1}).broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(x.flatten().ndim(), 1u);
  EXPECT_EQ(t.flatten(2).ndim(), 2u);
  EXPECT_EQ(flatten(t).ndim(), 1u);
  EXPECT_EQ(x.astype(float32).dtype(), float32);
  EXPECT_EQ(x.T().ndim(), 2u);
  EXPECT_EQ(x.shape().dtype(), int64);
  EXPECT_EQ(x.shape(0).ndim(), 0u);
  EXPECT_EQ(x.shape()[0].ndim(), 0u);
  EXPECT_EQ(alloc(0., {n, 3}).ndim(), 2u);
  EXPECT_EQ(zeros({n, 2}).dtype(), float64);
  EXPECT_EQ(zeros({2, 2}, int32).dtype(), int32);
  EXPECT_EQ(ones({}).ndim(), 0u);
  EXPECT_EQ(eye(n).ndim(), 2u);
  EXPECT_EQ(eye(3, 4, 1, float32).dtype(), float32);
  EXPECT_EQ(arange(n).ndim(), 1u);
  EXPECT_EQ(arange(1, n, 2).ndim(), 1u);
  EXPECT_EQ(specify_shape(x, {2, n}).ndim(), 2u);
  EXPECT_EQ(set_subtensor(x[0], 0.).ndim(), 2u);
  EXPECT_EQ(inc_subtensor(x[{slice(0, 2), 1}], array({1., 2.})).ndim(), 2u);
  auto [most, where_most] = max_and_argmax(x, 1);
  EXPECT_EQ(where_most.dtype(), int64);
  EXPECT_EQ(most.ndim(), 1u);
  EXPECT_EQ(constant(array({1, 2}), "c").name(), "c");
  EXPECT_EQ(constant(2, float32).dtype(), float32);
  EXPECT_EQ(T::tensor(uint8, {false, true}).broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(T::tensor(bfloat16, {}, "b").name(), "b");
}

TEST(Forms, C0_10_gradients_take_braces_and_options) {
  auto x = dscalar("x"), w = dscalar("w"), b = dscalar("b");
  auto c = w * x + b * b;
  Variable one = grad(c, w);
  std::vector<Variable> listed = grad(c, {w}), both = grad(c, {w, b}),
                        same = grad(c, std::vector<Variable>{w, b});
  EXPECT_EQ(listed.size() + both.size() + same.size(), 5u);
  Variables held = grad(c, {w, b}, {.consider_constant = {x}});
  EXPECT_EQ(held.size(), 2u);
  EXPECT_EQ(grad(c, x, {.known_grads = {{c, 2.0}}}).ndim(), 0u);
  EXPECT_EQ(grad(c, dscalar("unused"),
                 {.disconnected_inputs = DisconnectedInputs::ignore, .add_names = false})
                .ndim(),
            0u);
  EXPECT_EQ(grad(c, {w},
                 {.return_disconnected = ReturnDisconnected::zero,
                  .null_gradients = NullGradients::return_})
                .size(),
            1u);
  auto sw = shared(2.0, "sw"), sb = shared(1.0, "sb");
  std::vector<Variable> of_shared = grad(sw * x + sb, {sw, sb});
  EXPECT_EQ(function({x}, of_shared)(5.0).item<double>(0), 5.0);
  EXPECT_EQ(Lop(c, w, constant(2.0)).ndim(), 0u);
  EXPECT_EQ(Lop(c, {w, b}, constant(2.0)).size(), 2u);
  EXPECT_EQ(Rop(c, w, constant(2.0)).ndim(), 0u);
  EXPECT_EQ(Rop(c, {w, b}, {constant(1.0), constant(1.0)}).ndim(), 0u);
}

TEST(Forms, C0_6_operators_mix_variables_arrays_and_numbers) {
  auto x = dvector("x");
  const NDArray a = array({1., 2., 4.});
  auto at = [&](const Variable& y) { return list<double>(y.astype(float64).eval({{x, a}})); };
  EXPECT_EQ(at(x + 1), (Doubles{2, 3, 5}));
  EXPECT_EQ(at(2 * x - 1.5f), (Doubles{.5, 2.5, 6.5}));
  EXPECT_EQ(at(a * x), (Doubles{1, 4, 16}));
  EXPECT_EQ(at(x / a), (Doubles{1, 1, 1}));
  EXPECT_EQ(at(x % 2), (Doubles{1, 0, 0}));
  EXPECT_EQ(at(-x), (Doubles{-1, -2, -4}));
  EXPECT_EQ(at((x < 3) & (1 < x)), (Doubles{0, 1, 0}));
  EXPECT_EQ(at((x <= 1) | (x >= a)), (Doubles{1, 1, 1}));
  EXPECT_EQ(at((x > 1) ^ (x > 2)), (Doubles{0, 1, 0}));
  EXPECT_EQ(at(~(x > 1)), (Doubles{1, 0, 0}));
  EXPECT_EQ(at(where(x > 1, x, 0)), (Doubles{0, 2, 4}));
  EXPECT_EQ(at(eq(x, 2) + neq(x, 2)), (Doubles{1, 1, 1}));
  EXPECT_EQ(at(clip(x, 1.5, 3)), (Doubles{1.5, 2, 3}));
  EXPECT_EQ(at(T::maximum(x, 3)), (Doubles{3, 3, 4}));
  EXPECT_EQ(at(T::pow(x, 2) + T::sqr(x)), (Doubles{2, 8, 32}));
  auto w = shared(array({1., 1., 1.}));
  EXPECT_EQ(at(w + x * w), (Doubles{2, 3, 5}));
  EXPECT_EQ(at(exp(log(x))), at(x * 1));
  Variable sum = x;
  for (int i = 0; i < 3; ++i) sum = sum + x;
  EXPECT_EQ(at(sum), (Doubles{4, 8, 16}));
}

TEST(Forms, C0_5_shape_expressions_do_arithmetic) {
  auto n = lscalar("n");
  ShapeExpr a = 3, b = n, c = a + 1, d = 2 * b - a, e = (d / 2) % 5, f = b * b;
  Variable v = e, g = f, k = c;
  EXPECT_EQ(v.ndim(), 0u);
  EXPECT_EQ(v.dtype(), int64);
  EXPECT_EQ((function({n}, {v, g, k})(10)).item<int>(0), (2 * 10 - 3) / 2 % 5);
  EXPECT_EQ(function({n}, g)(10).item<int>(), 100);
  Shapes unknown = {{}}, scalar_shape = {{{}}}, pair = {{{b, 2}}}, two = {{{a}}, std::nullopt};
  EXPECT_FALSE(unknown.at(0).has_value());
  ASSERT_TRUE(scalar_shape.at(0).has_value());
  EXPECT_EQ(scalar_shape.at(0)->size(), 0u);
  EXPECT_EQ(pair.at(0)->size(), 2u);
  EXPECT_EQ(two.size(), 2u);
}
