// SPDX-License-Identifier: BSD-3-Clause
// Every function and member of the public surface once, by its exact type: a name that is missing,
// has another signature or is hidden in the library does not compile or link.
#include "outsider.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// The overload of exactly this type.
template <class F>
void is(F function) {
  EXPECT_TRUE(function != nullptr);
}
using Text = std::string;
using Optional = std::optional<std::string>;
using Bools = std::vector<bool>;
using Options = ReduceOptions;
}  // namespace

TEST(Catalogue, C0_12_errors_form_the_documented_hierarchy) {
  static_assert(std::is_base_of_v<std::runtime_error, Error>);
  static_assert(std::is_base_of_v<Error, TypeError> && std::is_base_of_v<Error, ValueError>);
  static_assert(std::is_base_of_v<Error, ShapeError> && std::is_base_of_v<Error, GradientError>);
  static_assert(std::is_base_of_v<Error, MethodNotDefined> &&
                std::is_base_of_v<Error, CompileError>);
  static_assert(std::is_base_of_v<Error, DeviceError> &&
                std::is_base_of_v<Error, CommunicationError>);
  static_assert(std::is_base_of_v<Error, UnsupportedError> &&
                std::is_base_of_v<Error, InternalError>);
  static_assert(std::is_base_of_v<ValueError, ContextNotDefined>);
  static_assert(!std::is_base_of_v<TypeError, ValueError> &&
                !std::is_base_of_v<ValueError, TypeError>);
  EXPECT_STREQ(TypeError("text").what(), "text");
  EXPECT_STREQ(CompileError(Text("text")).what(), "text");
  EXPECT_THROW(throw ContextNotDefined("context name dev0 not defined"), ValueError);
  EXPECT_THROW(throw CommunicationError("c"), Error);
  EXPECT_THROW(throw InternalError("i"), std::runtime_error);
}

TEST(Catalogue, C0_1_dtypes_are_functions_and_constants) {
  is<DType (*)(std::string_view)>(dtype);
  is<Text (*)(DType)>(name);
  is<std::size_t (*)(DType)>(itemsize);
  static_assert(std::is_same_v<decltype(kroton::float32), const DType> ||
                std::is_same_v<decltype(kroton::float32), DType>);
  constexpr DType all[] = {bool_,    int8,    int16,   int32,     int64,
                           uint8,    uint16,  uint32,  uint64,    float16,
                           bfloat16, float32, float64, complex64, complex128};
  static_assert(std::size(all) == 15);
  static_assert(kroton::int8 == DType::int8 && kroton::complex128 == DType::complex128);
  EXPECT_EQ(Half{0x3c00}.bits, 0x3c00);
  EXPECT_EQ(BFloat16{0x3f80}.bits, 0x3f80);
}

TEST(Catalogue, C0_2_arrays_have_their_members) {
  is<NDArray (*)(Shape, DType)>(&NDArray::zeros);
  is<NDArray (*)(Shape, double, DType)>(&NDArray::full);
  is<NDArray (*)(std::int64_t, DType)>(&NDArray::arange);
  is<NDArray (*)(double, double, double, DType)>(&NDArray::arange);
  is<NDArray (*)(void*, Shape, Shape, DType, std::shared_ptr<void>)>(&NDArray::wrap);
  is<Shape (NDArray::*)() const>(&NDArray::shape);
  is<std::size_t (NDArray::*)() const>(&NDArray::ndim);
  is<std::size_t (NDArray::*)() const>(&NDArray::size);
  is<DType (NDArray::*)() const>(&NDArray::dtype);
  is<Shape (NDArray::*)() const>(&NDArray::strides);
  is<double* (NDArray::*)()>(&NDArray::data<double>);
  is<const double* (NDArray::*)() const>(&NDArray::data<double>);
  is<float& (NDArray::*)(const Shape&)>(&NDArray::at<float>);
  is<const float& (NDArray::*)(const Shape&) const>(&NDArray::at<float>);
  is<std::span<Half> (NDArray::*)()>(&NDArray::span<Half>);
  is<std::int64_t (NDArray::*)() const>(&NDArray::item<std::int64_t>);
  is<NDArray (NDArray::*)(DType) const>(&NDArray::astype);
  is<NDArray (NDArray::*)() const>(&NDArray::copy);
  is<NDArray (NDArray::*)(Shape) const>(&NDArray::reshape);
  is<NDArray (NDArray::*)() const>(&NDArray::transpose);
  is<NDArray (NDArray::*)(std::initializer_list<HostIndex>) const>(&NDArray::slice);
  is<bool (NDArray::*)() const>(&NDArray::is_c_contiguous);
  is<bool (NDArray::*)() const>(&NDArray::is_mapped);
  is<NDArray (*)(std::initializer_list<int>)>(array);
  is<NDArray (*)(std::initializer_list<int>, Shape)>(array);
  is<NDArray (*)(std::initializer_list<double>)>(array<double>);
  is<NDArray (*)(const std::vector<float>&)>(array<float>);
  is<NDArray (*)(const std::vector<float>&, Shape)>(array<float>);
  is<NDArray (*)(std::initializer_list<float>, Shape)>(array<float>);
  is<void (*)(const Text&, const NDArray&)>(save_npy);
  is<NDArray (*)(const Text&, Optional)>(load_npy);
  is<std::ostream& (*)(std::ostream&, const NDArray&)>(operator<<);
  is<Slice (*)(std::optional<std::int64_t>, std::optional<std::int64_t>,
               std::optional<std::int64_t>)>(slice);
  static_assert(std::is_default_constructible_v<NDArray> &&
                std::is_same_v<decltype(newaxis), const NewAxis> &&
                std::is_same_v<decltype(ellipsis), const Ellipsis>);
}

TEST(Catalogue, C0_4_values_convert_as_documented) {
  static_assert(Number<int> && Number<bool> && Number<float> && Number<std::complex<double>> &&
                !Number<Text>);
  static_assert(std::is_convertible_v<NDArray, Value> && std::is_convertible_v<Text, Value> &&
                std::is_convertible_v<const char*, Value>);
  static_assert(std::is_convertible_v<int, Value> &&
                std::is_convertible_v<std::complex<float>, Value> &&
                std::is_convertible_v<Value, NDArray>);
  is<bool (Value::*)() const>(&Value::empty);
  is<bool (Value::*)() const>(&Value::is<NDArray>);
  is<const Text& (Value::*)() const>(&Value::as<Text>);
  is<double (Value::*)() const>(&Value::item<double>);
  is<Value (*)(int)>(&Value::object<int>);
  static_assert(std::is_same_v<Values, std::vector<Value>>);
}

TEST(Catalogue, C0_5_types_have_their_members) {
  is<Value (Type::*)(const Value&, bool, std::optional<bool>) const>(&Type::filter);
  is<bool (Type::*)(const Value&, const Value&) const>(&Type::values_eq);
  is<bool (Type::*)(const Value&, const Value&) const>(&Type::values_eq_approx);
  is<bool (Type::*)(const Value&, const Value&) const>(&Type::may_share_memory);
  is<Text (Type::*)() const>(&Type::text);
  is<bool (Type::*)(const Type&) const>(&Type::equals);
  is<std::size_t (Type::*)() const>(&Type::hash);
  is<std::shared_ptr<const Type> (Type::*)() const>(&Type::share);
  is<bool (Type::*)(const Type&) const>(&Type::operator==);
  is<Variable (Type::*)(Text) const>(&Type::operator());
  is<Variable (Type::*)(Text) const>(&Type::make_variable);
  is<Constant (Type::*)(Value, Text) const>(&Type::make_constant);
  is<Text (Type::*)() const>(&Type::c_element_type);
  is<Text (Type::*)(std::string_view, const Sub&, bool) const>(&Type::c_declare);
  is<Text (Type::*)(std::string_view, const Sub&) const>(&Type::c_init);
  is<Text (Type::*)(std::string_view, const Sub&, bool) const>(&Type::c_extract);
  is<Text (Type::*)(std::string_view, const Sub&) const>(&Type::c_sync);
  is<Text (Type::*)(std::string_view, const Sub&) const>(&Type::c_cleanup);
  is<Text (Type::*)(const Value&) const>(&Type::c_literal);
  for (auto member : {&Type::c_headers, &Type::c_header_dirs, &Type::c_libraries, &Type::c_lib_dirs,
                      &Type::c_compile_args, &Type::c_init_code}) {
    is<Names (Type::*)() const>(member);
  }
  is<Text (Type::*)() const>(&Type::c_support_code);
  is<CacheVersion (Type::*)() const>(&Type::c_code_cache_version);
  is<DType (TensorType::*)() const>(&TensorType::dtype);
  is<const Bools& (TensorType::*)() const>(&TensorType::broadcastable);
  is<std::size_t (TensorType::*)() const>(&TensorType::ndim);
  is<Variable (TensorType::*)(const Variable&) const>(&TensorType::convert_variable);
  is<DType (Scalar::*)() const>(&Scalar::dtype);
  static_assert(std::is_base_of_v<TypeOf<TensorType>, TensorType> &&
                std::is_base_of_v<TypeOf<Generic>, Generic>);
  static_assert(std::is_base_of_v<TypeOf<Scalar>, Scalar> && !std::is_convertible_v<DType, Scalar>);
  static_assert(std::is_base_of_v<TypeOf<DisconnectedType>, DisconnectedType> &&
                std::is_base_of_v<TypeOf<NullType>, NullType>);
  const Sub sub{{"fail", "goto end;"}, {"id", "3"}};
  EXPECT_EQ(sub["fail"], "goto end;");
  EXPECT_TRUE(sub.contains("id"));
  EXPECT_FALSE(Sub().contains("fail"));
}

TEST(Catalogue, C0_6_variables_have_their_members) {
  is<const Type& (Variable::*)() const>(&Variable::type);
  is<Apply (Variable::*)() const>(&Variable::owner);
  is<int (Variable::*)() const>(&Variable::index);
  is<Text (Variable::*)() const>(&Variable::name);
  is<void (Variable::*)(Text)>(&Variable::set_name);
  is<Text (Variable::*)() const>(&Variable::text);
  is<DType (Variable::*)() const>(&Variable::dtype);
  is<std::size_t (Variable::*)() const>(&Variable::ndim);
  is<Bools (Variable::*)() const>(&Variable::broadcastable);
  is<const Value& (Constant::*)() const>(&Constant::data);
  static_assert(std::is_same_v<Variables, std::vector<Variable>> &&
                std::is_same_v<Inputs, const Variables&>);
  static_assert(std::is_constructible_v<Variable, const Type&> &&
                std::is_constructible_v<Variable, const Type&, Text>);
  static_assert(std::is_constructible_v<Variable, const Type&, std::optional<Apply>,
                                        std::optional<int>, Text>);
  static_assert(std::is_constructible_v<Constant, const Type&, Value> &&
                std::is_base_of_v<Variable, Constant>);
  static_assert(!std::is_convertible_v<Variable, bool> && std::is_constructible_v<bool, Variable>);
  static_assert(std::is_convertible_v<Variable, Operand> &&
                std::is_convertible_v<NDArray, Operand> && std::is_convertible_v<int, Operand>);
  static_assert(std::is_convertible_v<SharedVariable, Operand> &&
                std::is_convertible_v<Constant, Operand>);
  static_assert(std::is_convertible_v<int, Index> && std::is_convertible_v<Variable, Index> &&
                std::is_convertible_v<NDArray, Index>);
  static_assert(std::is_convertible_v<Slice, Index> && std::is_convertible_v<NewAxis, Index> &&
                std::is_convertible_v<Ellipsis, Index>);
  static_assert(std::is_convertible_v<Index::SymbolicSlice, Index> &&
                std::is_convertible_v<std::nullopt_t, Bound>);
  static_assert(std::is_convertible_v<int, HostIndex> && std::is_convertible_v<Slice, HostIndex> &&
                std::is_convertible_v<Ellipsis, HostIndex>);
  static_assert(std::is_convertible_v<int, Axes> && std::is_convertible_v<std::vector<int>, Axes> &&
                std::is_default_constructible_v<Axes>);
  static_assert(!std::is_convertible_v<bool, Axes> && !std::is_convertible_v<bool, Axis>);
  static_assert(std::is_convertible_v<const char*, ShuffleAxis> &&
                std::is_convertible_v<char, ShuffleAxis> &&
                std::is_convertible_v<int, ShuffleAxis>);
  static_assert(std::is_base_of_v<Variable, Comparison> &&
                !std::is_constructible_v<bool, Comparison>);
  is<Variable (*)(Text)>(generic);
#define FAMILY(p)                                                                               \
  for (auto literal :                                                                           \
       {T::p##scalar, T::p##vector, T::p##matrix, T::p##row, T::p##col, T::p##tensor3,          \
        T::p##tensor4, kroton::p##scalar, kroton::p##vector, kroton::p##matrix, kroton::p##row, \
        kroton::p##col, kroton::p##tensor3, kroton::p##tensor4}) {                              \
    is<Variable (*)(Text)>(literal);                                                            \
  }
  // clang-format off
  FAMILY() FAMILY(b) FAMILY(w) FAMILY(i) FAMILY(l) FAMILY(f) FAMILY(d) FAMILY(c) FAMILY(z)
  // clang-format on
#undef FAMILY
  is<Variable (*)(DType, Bools, Text)>(T::tensor);
}

TEST(Catalogue, C5_2_nodes_and_ops_have_their_members) {
  is<const Op& (Apply::*)() const>(&Apply::op);
  is<const Variables& (Apply::*)() const>(&Apply::inputs);
  is<const Variables& (Apply::*)() const>(&Apply::outputs);
  is<Text (Apply::*)() const>(&Apply::text);
  is<Apply (Op::*)(Inputs) const>(&Op::make_node);
  is<Shapes (Op::*)(const Apply&, Shapes) const>(&Op::infer_shape);
  is<Connections (Op::*)(const Apply&) const>(&Op::connection_pattern);
  is<Variables (Op::*)(const Apply&, Variables) const>(&Op::grad);
  is<Variables (Op::*)(const Apply&, Variables) const>(&Op::r_op);
  is<Text (Op::*)(const Apply&, std::string_view, const Names&, const Names&, const Sub&) const>(
      &Op::c_code);
  is<Text (Op::*)(const Apply&, std::string_view, const Names&, const Names&, const Sub&) const>(
      &Op::c_code_cleanup);
  is<Text (Op::*)() const>(&Op::c_support_code);
  is<Text (Op::*)(const Apply&, std::string_view) const>(&Op::c_support_code_apply);
  for (auto member : {&Op::c_init_code, &Op::c_headers, &Op::c_header_dirs, &Op::c_libraries,
                      &Op::c_lib_dirs, &Op::c_compile_args}) {
    is<Names (Op::*)() const>(member);
  }
  is<CacheVersion (Op::*)() const>(&Op::c_code_cache_version);
  is<void (Op::*)(const Apply&, std::span<const Value>, std::span<Value>) const>(&Op::perform);
  is<AliasMap (Op::*)() const>(&Op::view_map);
  is<AliasMap (Op::*)() const>(&Op::destroy_map);
  is<bool (Op::*)(const Apply&) const>(&Op::do_constant_folding);
  is<Text (Op::*)() const>(&Op::text);
  is<bool (Op::*)(const Op&) const>(&Op::equals);
  is<std::size_t (Op::*)() const>(&Op::hash);
  is<std::shared_ptr<const Op> (Op::*)() const>(&Op::share);
  is<bool (Op::*)(const Op&) const>(&Op::operator==);
  is<const Variables& (FunctionGraph::*)() const>(&FunctionGraph::inputs);
  is<const Variables& (FunctionGraph::*)() const>(&FunctionGraph::outputs);
  is<std::vector<Apply> (FunctionGraph::*)() const>(&FunctionGraph::apply_nodes);
  is<std::vector<Apply> (FunctionGraph::*)() const>(&FunctionGraph::toposort);
  is<void (FunctionGraph::*)(const Variable&, const Variable&, Text)>(&FunctionGraph::replace);
  is<void (FunctionGraph::*)() const>(&FunctionGraph::check_integrity);
  is<FunctionGraph (FunctionGraph::*)() const>(&FunctionGraph::clone);
  static_assert(std::is_same_v<Shapes, std::vector<std::optional<std::vector<ShapeExpr>>>> &&
                std::is_same_v<Names, std::vector<Text>>);
  static_assert(std::is_same_v<Connections, std::vector<Bools>> &&
                std::is_same_v<AliasMap, std::map<int, std::vector<int>>>);
  static_assert(std::is_convertible_v<std::int64_t, ShapeExpr> &&
                std::is_convertible_v<Variable, ShapeExpr> &&
                std::is_convertible_v<ShapeExpr, Variable>);
}

TEST(Catalogue, C2_8_schedules_are_functions) {
  static_assert(std::is_same_v<NodeKey, std::function<int(const Apply&)>> &&
                std::is_same_v<Schedule, std::function<std::vector<Apply>(const FunctionGraph&)>>);
  static_assert(std::is_same_v<NodeComparator, std::function<int(const Apply&, const Apply&)>>);
  is<std::vector<Apply> (*)(const Variables&, const Variables&,
                            const std::vector<NodeComparator>&)>(sort_apply_nodes);
  is<NodeComparator (*)()>(make_dependence_cmp);
  is<Schedule (*)(std::vector<NodeComparator>)>(sort_schedule_fn);
}

TEST(Catalogue, C0_8_functions_and_their_options) {
  is<Value (SharedVariable::*)(bool, bool) const>(&SharedVariable::get_value);
  is<void (SharedVariable::*)(const Value&, bool)>(&SharedVariable::set_value);
  is<void (SharedVariable::*)(const Operand&)>(&SharedVariable::set_default_update);
  is<void (SharedVariable::*)()>(&SharedVariable::clear_default_update);
  is<SharedVariable (*)(const Value&, Text, SharedOptions)>(shared);
  is<Mode (Mode::*)(Text) const>(&Mode::including);
  is<Mode (Mode::*)(Text) const>(&Mode::excluding);
  is<Mode (Mode::*)(Schedule) const>(&Mode::with_schedule);
  is<Out (Out::*)(NDArray) const>(&Out::into);
  is<std::size_t (Outputs::*)() const>(&Outputs::size);
  is<const Value& (Outputs::*)(std::size_t) const>(&Outputs::operator[]);
  is<NDArray (Outputs::*)(std::size_t) const>(&Outputs::array);
  is<double (Outputs::*)(std::size_t) const>(&Outputs::item<double>);
  is<const Value* (Outputs::*)() const>(&Outputs::begin);
  is<const Value* (Outputs::*)() const>(&Outputs::end);
  is<Argument (arg::*)(Value) const>(&arg::operator=);
  is<const Text& (Function::*)() const>(&Function::name);
  is<const FunctionGraph& (Function::*)() const>(&Function::fgraph);
  is<std::vector<Apply> (Function::*)() const>(&Function::nodes);
  static_assert(std::is_same_v<decltype(function({}, OutList({}), FunctionOptions{})), Function>);
  static_assert(std::is_convertible_v<const char*, Mode> && std::is_convertible_v<Text, Mode> &&
                std::is_convertible_v<bool, NoDefaultUpdates>);
  static_assert(std::is_convertible_v<const char*, Target> &&
                std::is_convertible_v<std::nullopt_t, Target> &&
                std::is_convertible_v<Optional, Target>);
  static_assert(std::is_convertible_v<Variable, In> && std::is_convertible_v<Variable, Out> &&
                std::is_convertible_v<SharedVariable, Out>);
  static_assert(std::is_convertible_v<Variable, OutList> && std::is_convertible_v<Out, OutList> &&
                std::is_convertible_v<Variables, OutList>);
  static_assert(std::is_convertible_v<Variables, InList> &&
                std::is_convertible_v<std::vector<In>, InList> &&
                std::is_convertible_v<std::vector<Out>, OutList>);
  static_assert(std::is_convertible_v<Outputs, NDArray> && !std::is_convertible_v<Text, arg>);
}

TEST(Catalogue, C0_10_gradients_are_functions) {
  is<Variable (*)(const Variable&, const Variable&, GradOptions)>(grad);
  is<Variables (*)(const Variable&, Variables, GradOptions)>(grad);
  is<Variables (*)(const Variable&, std::initializer_list<Variable>, GradOptions)>(grad);
  is<Variable (*)(const Variable&, const Variable&, const Variable&)>(Lop);
  is<Variables (*)(const Variable&, Variables, const Variable&)>(Lop);
  is<Variables (*)(const Variable&, std::initializer_list<Variable>, const Variable&)>(Lop);
  is<Variable (*)(const Variable&, const Variable&, const Variable&)>(Rop);
  is<Variable (*)(const Variable&, Variables, Variables)>(Rop);
  for (auto stop : {consider_constant, zero_grad, disconnected_grad, undefined_grad})
    is<Variable (*)(const Variable&)>(stop);
  is<Variable (*)(const Variable&, double, double)>(grad_clip);
  is<Variable (*)(const Variable&, double)>(grad_scale);
  is<Variable (*)(const Op&, int, const Variable&, Text)>(grad_undefined);
  is<Variable (*)(const Op&, int, const Variable&, Text)>(grad_not_implemented);
  is<Variable (*)(const Variable&, const Variable&, GradOptions)>(T::grad);
  is<Variable (*)(const Variable&, const Variable&, const Variable&)>(T::Lop);
  is<Variable (*)(const Variable&, const Variable&, const Variable&)>(T::Rop);
}

TEST(Catalogue, C0_11_printing_is_functions) {
  Variable x = vector("x");
  for (const Text& text : {debugprint(x), debugprint(Variables{x, x}),
                           debugprint(FunctionGraph({x}, {x})), debugprint(function({x}, x))}) {
    EXPECT_HAS(text, "x");
  }
  static_assert(std::is_base_of_v<OpOf<Print>, Print> && std::is_default_constructible_v<Print> &&
                !std::is_convertible_v<Text, Print>);
}

TEST(Catalogue, C0_6_the_tensor_library_takes_operands) {
  using Unary = Variable (*)(const Operand&);
  for (auto f : {(Unary)T::abs,        (Unary)T::sgn,
                 (Unary)T::neg,        (Unary)T::sqr,
                 (Unary)T::sqrt,       (Unary)T::exp,
                 (Unary)T::exp2,       (Unary)T::expm1,
                 (Unary)T::log,        (Unary)T::log2,
                 (Unary)T::log10,      (Unary)T::log1p,
                 (Unary)T::sin,        (Unary)T::cos,
                 (Unary)T::tan,        (Unary)T::arcsin,
                 (Unary)T::arccos,     (Unary)T::arctan,
                 (Unary)T::sinh,       (Unary)T::cosh,
                 (Unary)T::tanh,       (Unary)T::arcsinh,
                 (Unary)T::arccosh,    (Unary)T::arctanh,
                 (Unary)T::ceil,       (Unary)T::floor,
                 (Unary)T::trunc,      (Unary)T::round,
                 (Unary)T::inv,        (Unary)T::isnan,
                 (Unary)T::isinf,      (Unary)T::deg2rad,
                 (Unary)T::rad2deg,    (Unary)T::invert,
                 (Unary)T::zeros_like, (Unary)T::ones_like,
                 (Unary)T::transpose,  (Unary)T::as_tensor_variable}) {
    EXPECT_TRUE(f);
  }
  using Binary = Variable (*)(const Operand&, const Operand&);
  for (auto f : {(Binary)T::add,       (Binary)T::sub,     (Binary)T::mul,  (Binary)T::true_div,
                 (Binary)T::floor_div, (Binary)T::int_div, (Binary)T::mod,  (Binary)T::pow,
                 (Binary)T::maximum,   (Binary)T::minimum, (Binary)T::eq,   (Binary)T::neq,
                 (Binary)T::lt,        (Binary)T::le,      (Binary)T::gt,   (Binary)T::ge,
                 (Binary)T::and_,      (Binary)T::or_,     (Binary)T::xor_, (Binary)T::arctan2,
                 (Binary)T::fill}) {
    EXPECT_TRUE(f);
  }
  using Reduce = Variable (*)(const Operand&, Axes, Options);
  for (auto f : {(Reduce)T::sum, (Reduce)T::prod, (Reduce)T::max, (Reduce)T::min, (Reduce)T::mean,
                 (Reduce)T::var, (Reduce)T::std, (Reduce)T::any, (Reduce)T::all, (Reduce)T::argmax,
                 (Reduce)T::argmin}) {
    EXPECT_TRUE(f);
  }
  using Ternary = Variable (*)(const Operand&, const Operand&, const Operand&);
  is<Ternary>(T::clip);
  is<Ternary>(T::where);
  is<Variable (*)(const Operand&, DType)>(T::cast);
  is<std::pair<Variable, Variable> (*)(const Variable&, Axes, Options)>(T::max_and_argmax);
  is<Variable (*)(const Value&, Text)>(T::constant);
  is<Variable (*)(const Value&, DType)>(T::constant);
  is<Variable (*)(const Operand&, std::initializer_list<Operand>)>(T::alloc);
  is<Variable (*)(std::initializer_list<Operand>, std::optional<DType>)>(T::zeros);
  is<Variable (*)(std::initializer_list<Operand>, std::optional<DType>)>(T::ones);
  is<Variable (*)(const Operand&)>(T::arange);
  is<Variable (*)(const Operand&, const Operand&, const Operand&)>(T::arange);
  is<Variable (*)(const Operand&)>(T::eye);
  is<Variable (*)(const Operand&, const Operand&, const Operand&, std::optional<DType>)>(T::eye);
}

TEST(Catalogue, C0_6_operators_take_operands) {
  using Binary = Variable (*)(const Operand&, const Operand&);
  using Compare = Comparison (*)(const Operand&, const Operand&);
  is<Binary>(operator+);
  is<Binary>(operator-);
  is<Binary>(operator*);
  is<Binary>(operator/);
  is<Binary>(operator%);
  is<Binary>(operator&);
  is<Binary>(operator|);
  is<Binary>(operator^);
  is<Compare>(operator<);
  is<Compare>(operator<=);
  is<Compare>(operator>);
  is<Compare>(operator>=);
  is<Variable (*)(const Operand&)>(operator-);
  is<Variable (*)(const Operand&)>(operator~);
}

TEST(Catalogue, C1_1_files_are_ops_and_functions) {
  is<DType (LoadFromDisk::*)() const>(&LoadFromDisk::dtype);
  is<const Bools& (LoadFromDisk::*)() const>(&LoadFromDisk::broadcastable);
  is<const Optional& (LoadFromDisk::*)() const>(&LoadFromDisk::mmap_mode);
  const Variable path = generic("path");
  for (const Variable& x :
       {load(path, int64, Bools{}), load(Text("a.npy"), int64, Bools{true}, Optional("c")),
        load("a.npy", int64, {false}), T::load(path, int64, {false}, std::nullopt),
        T::load("a.npy", int64, {false}, "c")}) {
    EXPECT_EQ(x.dtype(), int64);
  }
  static_assert(std::is_base_of_v<OpOf<LoadFromDisk>, LoadFromDisk> &&
                std::is_base_of_v<LoadFromDisk, T::LoadFromDisk>);
}
