// SPDX-License-Identifier: BSD-3-Clause
// Ops that a program writes itself, from the documented virtual functions alone.
#include "outsider.h"

#include <atomic>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

namespace {
// x * factor, with everything that an op can say.
class Scale final : public OpOf<Scale> {
 public:
  explicit Scale(double factor) : factor_(factor) {}
  Apply make_node(Inputs in) const override {
    if (in.size() != 1) throw TypeError("Scale: takes 1 input, not " + std::to_string(in.size()));
    return Apply(*this, in, {in[0].type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  Variables grad(const Apply&, Variables gz) const override { return {Scale(factor_)(gz[0])}; }
  Variables r_op(const Apply&, Variables eval_points) const override {
    return {Scale(factor_)(eval_points[0])};
  }
  void perform(const Apply&, std::span<const Value> inputs, std::span<Value> out) const override {
    NDArray z = inputs[0].as<NDArray>().copy();
    for (double& v : z.span<double>()) v *= factor_;
    out[0] = z;
  }

 private:
  double factor_;

 public:
  static constexpr std::string_view op_name = "Scale";
  static constexpr auto fields = std::tuple{Field{"factor", &Scale::factor_}};
};

// No fields, two outputs, two inputs: the sum and the difference.
struct SumAndDifference : OpOf<SumAndDifference> {
  static constexpr const char* op_name = "SumAndDifference";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {in[0].type()(), in[1].type().make_variable("difference")});
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    const NDArray a = in[0], b = in[1];
    NDArray sum = NDArray::zeros(a.shape()), difference = NDArray::zeros(a.shape());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::int64_t at = static_cast<std::int64_t>(i);
      sum.at<double>({at}) = a.at<double>({at}) + b.at<double>({at});
      difference.at<double>({at}) = a.at<double>({at}) - b.at<double>({at});
    }
    out[0] = sum;
    out[1] = difference;
  }
  Variables grad(const Apply&, Variables gz) const override {
    if (gz[0].type() == DisconnectedType()) return {gz[1], -gz[1]};
    if (gz[1].type() == DisconnectedType()) return {gz[0], gz[0]};
    return {gz[0] + gz[1], gz[0] - gz[1]};
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0], in[1]}; }
};

// Nothing but what a class must have.
struct Bare : OpOf<Bare> {
  static constexpr std::string_view op_name = "Bare";
};
struct NodeOnly : OpOf<NodeOnly> {
  static constexpr std::string_view op_name = "NodeOnly";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {dvector()}); }
};

// Views and destroys, as declared.
struct Tail : OpOf<Tail> {
  static constexpr std::string_view op_name = "Tail";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  AliasMap view_map() const override { return {{0, {0}}}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = in[0].as<NDArray>().slice({slice(1)});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {{{in[0]->at(0) - 1}}}; }
};
struct AddOneInPlace : OpOf<AddOneInPlace> {
  static constexpr std::string_view op_name = "AddOneInPlace";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  AliasMap destroy_map() const override { return {{0, {0}}}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = in[0];
    for (std::int64_t i = 0; i < x.shape()[0]; ++i) x.at<double>({i}) += 1;
    out[0] = x;
  }
};

// No inputs; counts its runs.
std::atomic<int> runs{0};
struct Counter : OpOf<Counter> {
  static constexpr std::string_view op_name = "Counter";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {lscalar("count")}); }
  bool do_constant_folding(const Apply&) const override { return false; }
  void perform(const Apply&, std::span<const Value>, std::span<Value> out) const override {
    out[0] = NDArray::full({}, ++runs, int64);
  }
};

struct Misbehaves : OpOf<Misbehaves> {
  explicit Misbehaves(int kind) : kind_(kind) {}
  int kind_;
  static constexpr std::string_view op_name = "Misbehaves";
  static constexpr auto fields = std::tuple{Field{"kind", &Misbehaves::kind_}};
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    if (kind_ == 0) throw ValueError("misbehaving on purpose");
    if (kind_ == 1) throw std::runtime_error("an error of the program's own");
    if (kind_ == 2) out[0] = Value();
    if (kind_ == 3) out[0] = "text";
    if (kind_ == 4) out[0] = NDArray::zeros({2, 2});
    if (kind_ == 5) out[0] = in[0].as<NDArray>().astype(float32);
    if (kind_ == 6) out[0] = in[0];
  }
};

// Concatenates strings: an op on Generic.
struct Greet : OpOf<Greet> {
  static constexpr std::string_view op_name = "Greet";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {Generic()()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = "hello " + in[0].as<std::string>();
  }
};
const NDArray a3 = array({1., 2., 3.});
}  // namespace

TEST(UserOps, C5_6_perform_alone_works_in_every_mode) {
  auto x = dvector("x");
  auto y = Scale(3)(x) + 1;
  for (const Mode& mode :
       {Mode(), Mode("FAST_RUN"), Mode("FAST_COMPILE"), Mode("DebugMode"), Mode("NanGuardMode"),
        Mode("py", "None"), Mode("vm", "merge"), Mode("py")}) {
    EXPECT_EQ(list<double>(function({x}, y, {.mode = mode})(a3)), (Doubles{4, 7, 10}));
    EXPECT_EQ(list<double>(function({x}, grad((Scale(3)(x) * x).sum(), x), {.mode = mode})(a3)),
              (Doubles{6, 12, 18}));
  }
  EXPECT_EQ(list<double>(Rop(Scale(3)(x), x, x).eval({{x, a3}})), (Doubles{3, 6, 9}));
  EXPECT_EQ(Scale(2)(x).shape(0).eval({{x, a3}}).item<int>(), 3);
  EXPECT_EQ(list<double>(Scale(2)(Scale(0.5)(constant(a3))).eval()), (Doubles{1, 2, 3}));
}

TEST(UserOps, C5_2_identity_comes_from_name_and_fields) {
  EXPECT_EQ(Scale(2).text(), "Scale{factor: 2}");
  EXPECT_EQ(SumAndDifference().text(), "SumAndDifference");
  EXPECT_TRUE(Scale(2) == Scale(2));
  EXPECT_EQ(Scale(2).hash(), Scale(2).hash());
  EXPECT_FALSE(Scale(2) == Scale(3));
  EXPECT_FALSE(SumAndDifference() == Bare());
  auto x = dvector("x");
  auto f = function({x}, {Scale(2)(x), Scale(2)(x) + Scale(3)(x)});
  std::size_t scales = 0;
  for (const Apply& node : f.nodes()) scales += as<Scale>(node) != nullptr;
  EXPECT_EQ(scales, 2u);
  EXPECT_EQ(as<Scale>(Scale(7)(x).owner())->text(), "Scale{factor: 7}");
  EXPECT_EQ(as<Bare>(Scale(7)(x).owner()), nullptr);
}

TEST(UserOps, C5_2_several_outputs_and_inputs) {
  auto x = dvector("x"), y = dvector("y");
  Apply node = SumAndDifference().make_node({x, y});
  auto difference = node.outputs()[1];
  EXPECT_EQ(difference.index(), 1);
  EXPECT_EQ(difference.name(), "difference");
  auto f = function({x, y}, {node.outputs()[0], difference});
  Outputs out = f(a3, array({1., 1., 1.}));
  EXPECT_EQ(list<double>(out.array(1)), (Doubles{0, 1, 2}));
  EXPECT_EQ(list<double>(SumAndDifference()(x, y).eval({{x, a3}, {y, a3}})), (Doubles{2, 4, 6}));
  EXPECT_EQ(list<double>(grad((difference * y).sum(), y).eval({{x, a3}, {y, a3}})),
            (Doubles{-1, -2, -3}));
  EXPECT_EQ(difference.shape(0).eval({{x, a3}, {y, a3}}).item<int>(), 3);
}

TEST(UserOps, C0_12_methods_that_are_missing_name_class_and_method) {
  auto x = dvector("x");
  const auto says = [](const std::string& text, const char* op, const char* method) {
    EXPECT_HAS(text, op);
    EXPECT_HAS(text, method);
  };
  says(error_of<MethodNotDefined>([&] { return Bare().make_node({x}); }), "Bare", "make_node");
  says(error_of<MethodNotDefined>([&] { return Bare()(x); }), "Bare", "make_node");
  const Apply node = NodeOnly().make_node({x});
  const Values in{a3};
  Values out(1);
  says(error_of<MethodNotDefined>([&] {
         NodeOnly().perform(node, in, out);
         return 0;
       }),
       "NodeOnly", "perform");
  says(error_of<MethodNotDefined>([&] { return NodeOnly().grad(node, {x}); }), "NodeOnly", "grad");
  says(error_of<MethodNotDefined>([&] { return NodeOnly().r_op(node, {x}); }), "NodeOnly", "r_op");
  says(
      error_of<MethodNotDefined>([&] { return NodeOnly().c_code(node, "node", {"x"}, {"z"}, {}); }),
      "NodeOnly", "c_code");
  EXPECT_HAS(error_of([&] { return function({x}, NodeOnly()(x))(a3); }), "NodeOnly");
  EXPECT_HAS(error_of([&] { return grad(NodeOnly()(x).sum(), x); }), "NodeOnly");
  EXPECT_HAS(error_of([&] { return Rop(NodeOnly()(x), x, x); }), "NodeOnly");
  EXPECT_EQ(NodeOnly().c_headers(), Names{});
  EXPECT_EQ(NodeOnly().c_support_code(), "");
  EXPECT_EQ(NodeOnly().c_code_cache_version(), CacheVersion{});
  EXPECT_EQ(NodeOnly().view_map(), AliasMap{});
  EXPECT_TRUE(NodeOnly().do_constant_folding(node));
  EXPECT_EQ(NodeOnly().connection_pattern(node), (Connections{{true}}));
  EXPECT_EQ(list<double>(Scale(2)(x).eval({{x, a3}})), (Doubles{2, 4, 6}));
}

TEST(UserOps, C5_2_views_and_destroyed_inputs_are_respected) {
  auto x = dvector("x");
  for (const Mode& mode :
       {Mode("FAST_RUN"), Mode("FAST_COMPILE"), Mode("py", "None"), Mode("DebugMode")}) {
    const NDArray given = a3.copy();
    auto tail = Tail()(x);
    auto f = function({x}, {tail, tail * 2, tail.shape(0)}, {.mode = mode});
    Outputs out = f(given);
    EXPECT_EQ(list<double>(out.array(0)), (Doubles{2, 3}));
    NDArray z = out[0];
    z.at<double>({0}) = 100;
    EXPECT_EQ(list<double>(given), (Doubles{1, 2, 3}));
    EXPECT_EQ(out.item<int>(2), 2);
    auto more = AddOneInPlace()(x * 1);
    EXPECT_EQ(list<double>(function({x}, more + 0, {.mode = mode, .accept_inplace = true})(given)),
              (Doubles{2, 3, 4}));
    auto doubled = x * 2;
    auto g = function({x}, {AddOneInPlace()(doubled), doubled + x},
                      {.mode = mode, .accept_inplace = true});
    out = g(given);
    EXPECT_EQ(list<double>(out.array(0)), (Doubles{3, 5, 7}));
    EXPECT_EQ(list<double>(out.array(1)), (Doubles{3, 6, 9}));
    EXPECT_EQ(list<double>(given), (Doubles{1, 2, 3}));
  }
}

TEST(UserOps, C5_2_an_input_that_is_not_mutable_is_not_destroyed) {
  auto x = dvector("x");
  const NDArray given = a3.copy();
  try {
    auto f = function({x}, AddOneInPlace()(x), {.accept_inplace = true});
    EXPECT_EQ(list<double>(f(given)), (Doubles{2, 3, 4}));
  } catch (const Error&) {
  }
  EXPECT_EQ(list<double>(given), (Doubles{1, 2, 3}));
  auto f = function({In(x, {.mutable_ = true})}, AddOneInPlace()(x), {.accept_inplace = true});
  EXPECT_EQ(list<double>(f(given.copy())), (Doubles{2, 3, 4}));
}

TEST(UserOps, C5_2_an_op_without_inputs_runs_at_each_call) {
  runs = 0;
  auto n = Counter()();
  EXPECT_TRUE(n.owner().inputs().empty());
  auto f = function({}, n + 0);
  EXPECT_EQ(f().item<int>(), 1);
  EXPECT_EQ(f().item<int>(), 2);
}

TEST(UserOps, C5_2_ops_on_generic_values) {
  auto g = generic("g");
  auto f = function({g}, Greet()(Greet()(g)));
  EXPECT_EQ(f("you")[0].as<std::string>(), "hello hello you");
  error_of<TypeError>([&] { return f(3); });
  EXPECT_EQ(f("me")[0].as<std::string>(), "hello hello me");
}

TEST(UserOps, C6_5_ops_that_misbehave_are_named_and_do_no_harm) {
  auto x = dvector("x");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py", "DebugMode"}) {
    auto s = shared(0.0, "s");
    for (int kind : {0, 2, 3, 4, 5}) {
      auto f = function({x}, Misbehaves(kind)(x) + 1, {.updates = {{s, s + 1}}, .mode = mode});
      const std::string text = error_of([&] { return f(a3); });
      EXPECT_HAS(text, "Misbehaves") << mode;
      EXPECT_EQ(text, error_of([&] { return f(a3); }));
    }
    EXPECT_HAS(
        error_of<ValueError>([&] { return function({x}, Misbehaves(0)(x), {.mode = mode})(a3); }),
        "misbehaving on purpose");
    EXPECT_THROW(function({x}, Misbehaves(1)(x), {.mode = mode})(a3), std::runtime_error);
    EXPECT_EQ(s.get_value().item<double>(), 0.0);
    EXPECT_EQ(list<double>(function({x}, x + 1, {.mode = mode})(a3)), (Doubles{2, 3, 4}));
  }
  EXPECT_EQ(list<double>(function({x}, Misbehaves(6)(x), {.mode = "FAST_RUN"})(a3)),
            (Doubles{1, 2, 3}));
}

TEST(UserOps, C5_2_nodes_are_checked_when_they_are_made) {
  auto x = dvector("x");
  auto y = x + 1;
  error_of([&] { return Apply(Scale(2), {x}, {y}); });
  error_of([&] { return Apply(Scale(2), {Variable()}, {dvector()}); });
  error_of([&] { return Apply(Scale(2), {x}, {Variable()}); });
  error_of<TypeError>([&] { return Scale(2)(x, x); });
  EXPECT_EQ(Scale(2)(x).ndim(), 1u);
}
