// SPDX-License-Identifier: BSD-3-Clause
// updates, givens and the other options of function().
#include "outsider.h"

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

TEST(Options, C0_8_updates_see_old_values_and_are_written_together) {
  auto a = shared(1.0, "a"), b = shared(2.0, "b");
  auto swap = function({}, {a, b}, {.updates = {{a, b}, {b, a}}});
  Outputs out = swap();
  EXPECT_EQ(out.item<double>(0), 1.0);
  EXPECT_EQ(a.get_value().item<double>(), 2.0);
  EXPECT_EQ(b.get_value().item<double>(), 1.0);
  swap();
  EXPECT_EQ(a.get_value().item<double>(), 1.0);
  auto v = shared(array({1., 2.}), "v"), u = shared(array({0., 0.}), "u");
  auto both = function({}, v * 1, {.updates = {{v, v * 2}, {u, v}}});
  EXPECT_EQ(list<double>(both()), (Doubles{1, 2}));
  EXPECT_EQ(list<double>(v.get_value()), (Doubles{2, 4}));
  EXPECT_EQ(list<double>(u.get_value()), (Doubles{1, 2}));
  both();
  EXPECT_EQ(list<double>(v.get_value()), (Doubles{4, 8}));
  EXPECT_EQ(list<double>(u.get_value()), (Doubles{2, 4}));
}

TEST(Options, C0_8_an_update_may_change_the_shape_and_alias_nothing) {
  auto v = shared(array({1., 2.}), "v"), w = shared(array({0.}), "w");
  auto x = dvector("x");
  auto f = function({x}, {}, {.updates = {{v, x}, {w, x}}});
  NDArray given = array({5., 6., 7.});
  f(given);
  given.at<double>({0}) = 100;
  EXPECT_EQ(list<double>(v.get_value()), (Doubles{5, 6, 7}));
  NDArray inner = v.get_value(true);
  inner.at<double>({1}) = -1;
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{5, 6, 7}));
}

TEST(Options, C0_8_wrong_updates_are_errors) {
  auto w = shared(array({1., 2.}), "w");
  auto x = dvector("x");
  error_of<TypeError>([&] { return function({x}, {}, {.updates = {{w, dmatrix("m")}}}); });
  error_of<TypeError>([&] { return function({}, {}, {.updates = {{w, fvector("m").sum()}}}); });
  error_of<TypeError>([&] { return function({}, {}, {.updates = {{w, 1.0}}}); });
  error_of([&] { return function({x}, {}, {.updates = {{w, x}, {w, x * 2}}}); });
  error_of([&] { return function({x}, {}, {.updates = {{SharedVariable(), x}}}); });
  error_of<TypeError>(
      [&] { return function({}, {}, {.updates = {{shared(std::int64_t{1}), constant(0.5)}}}); });
  function({x}, {}, {.updates = {{w, x + w}}})(array({1., 1.}));
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{2, 3}));
}

TEST(Options, C0_8_an_update_drops_flags_and_never_gains_them) {
  auto m = shared(NDArray::zeros({2, 3}), "m");
  auto r = shared(NDArray::zeros({1, 3}), "r", {.broadcastable = {true, false}});
  auto x = drow("x");
  auto y = dmatrix("y");
  function({x}, {}, {.updates = {{m, x}}})(NDArray::full({1, 3}, 7));
  EXPECT_EQ(NDArray(m.get_value()).shape(), (Shape{1, 3}));
  error_of<TypeError>([&] { return function({y}, {}, {.updates = {{r, y}}}); });
  function({x}, {}, {.updates = {{r, r + x}}})(NDArray::full({1, 3}, 2));
  EXPECT_EQ(NDArray(r.get_value()).at<double>({0, 2}), 2.0);
}

TEST(Options, C6_5_a_failed_call_changes_no_shared_variable) {
  auto w = shared(array({1., 2.}), "w"), n = shared(std::int64_t{0}, "n");
  auto x = dvector("x");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py"}) {
    w.set_value(array({1., 2.}));
    n.set_value(std::int64_t{0});
    auto f = function({x}, (w * x).sum(), {.updates = {{n, n + 1}, {w, w * 2 + x}}, .mode = mode});
    const std::string first = error_of<ShapeError>([&] { return f(array({1., 2., 3.})); });
    EXPECT_EQ(first, error_of<ShapeError>([&] { return f(array({1., 2., 3.})); }));
    EXPECT_EQ(list<double>(w.get_value()), (Doubles{1, 2}));
    EXPECT_EQ(n.get_value().item<int>(), 0);
    f(array({0., 0.}));
    EXPECT_EQ(list<double>(w.get_value()), (Doubles{2, 4}));
    EXPECT_EQ(n.get_value().item<int>(), 1);
  }
}

TEST(Options, C0_8_default_updates_apply_unless_told_otherwise) {
  auto n = shared(std::int64_t{0}, "n");
  n.set_default_update(n + 1);
  auto f = function({}, n * 1), none = function({}, n * 1, {.no_default_updates = true}),
       skip = function({}, n * 1, {.no_default_updates = {n}}),
       over = function({}, n * 1, {.updates = {{n, n + 10}}});
  f();
  EXPECT_EQ(n.get_value().item<int>(), 1);
  none();
  skip();
  EXPECT_EQ(n.get_value().item<int>(), 1);
  over();
  EXPECT_EQ(n.get_value().item<int>(), 11);
  n.clear_default_update();
  function({}, n * 1)();
  EXPECT_EQ(n.get_value().item<int>(), 11);
  error_of<TypeError>([&] {
    n.set_default_update(dvector("x"));
    return 0;
  });
}

TEST(Options, C0_8_givens_replace_inputs_inner_and_shared_variables) {
  auto x = dvector("x"), y = dvector("y");
  auto w = shared(array({1., 2.}), "w");
  auto inner = x * 2, out = inner + w;
  const NDArray a = array({10., 20.});
  EXPECT_EQ(list<double>(function({y}, out, {.givens = {{x, y + 1}}})(a)), (Doubles{23, 44}));
  EXPECT_EQ(list<double>(function({y}, out, {.givens = {{inner, y}}})(a)), (Doubles{11, 22}));
  EXPECT_EQ(list<double>(function({x, y}, out, {.givens = {{w, y}}})(a, a)), (Doubles{30, 60}));
  EXPECT_EQ(list<double>(function({}, out, {.givens = {{x, a}}})()), (Doubles{21, 42}));
  EXPECT_EQ(list<double>(function({x}, {x}, {.updates = {{w, w + y}}, .givens = {{y, x}}})(a)),
            (Doubles{10, 20}));
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{11, 22}));
  auto i = lscalar("i");
  auto data = shared(NDArray::arange(10, float64), "data");
  auto batch = function({i}, x.sum(), {.givens = {{x, data[slice(i * 2, (i + 1) * 2)]}}});
  EXPECT_EQ(batch(0).item<double>(), 1.0);
  EXPECT_EQ(batch(4).item<double>(), 17.0);
  error_of<TypeError>([&] { return function({}, out, {.givens = {{x, dmatrix("m")}}}); });
  error_of<TypeError>(
      [&] { return function({}, out, {.givens = {{x, array({1, 2, 3, 4}, {2, 2})}}}); });
  error_of([&] { return function({y}, out, {.givens = {{x, y}, {x, y * 2}}}); });
  error_of([&] { return function({y}, out, {.givens = {{Variable(), y}}}); });
  EXPECT_EQ(list<double>(function({x}, inner)(a)), (Doubles{20, 40}));
}

TEST(Options, C0_8_givens_may_change_types_when_the_graph_is_rebuilt) {
  auto x = dvector("x");
  auto f = fvector("f");
  error_of<TypeError>([&] { return function({f}, x * 2, {.givens = {{x, f}}}); });
  auto g = function({f}, x * 2, {.givens = {{x, f}}, .rebuild_strict = false});
  EXPECT_EQ(g(array<float>({1, 2})).array().dtype(), float32);
}

TEST(Options, C6_6_borrowed_outputs_may_share_and_others_do_not) {
  auto x = dvector("x");
  const NDArray a = array({1., 2.});
  EXPECT_NE(function({x}, x)(a).array().data<double>(), a.data<double>());
  EXPECT_EQ(function({In(x, {.borrow = true})}, Out(x, {.borrow = true}))(a).array().data<double>(),
            a.data<double>());
  EXPECT_NE(function({In(x, {.borrow = true})}, x)(a).array().data<double>(), a.data<double>());
  auto w = shared(array({1., 2.}), "w");
  NDArray copy = function({}, w)();
  copy.at<double>({0}) = 50;
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{1, 2}));
}

TEST(Options, C0_8_a_profile_and_an_inplace_graph_are_accepted) {
  auto x = dvector("x");
  auto f = function({x}, x * 2, {.profile = true, .accept_inplace = true});
  EXPECT_EQ(list<double>(f(array({1.}))), (Doubles{2}));
}
