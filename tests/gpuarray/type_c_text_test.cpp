// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/context_type.h"
#include "kroton/gpuarray/type.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/graph/function_graph.h"
#include "kroton/jit/compiler.h"
#include "kroton/link/c_module.h"
#include "kroton/link/module_text.h"
#include "kroton/ndarray/buffer.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;

namespace {
// C text alone, of TEXT with IN, CONTEXT and OUT; its input's type is its output's.
class CText final : public OpOf<CText> {
 public:
  CText(std::string text, bool cpp = false) : text_(std::move(text)), cpp_(cpp) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    std::string text = text_;
    const auto put = [&](std::string_view word, const std::string& with) {
      for (std::size_t at; (at = text.find(word)) != std::string::npos;)
        text.replace(at, word.size(), with);
    };
    put("IN", in[0]);
    if (in.size() > 1) put("CONTEXT", in[1]);
    put("OUT", out[0]);
    put("FAIL", sub["fail"]);
    return text;
  }
  CLanguage c_language() const override { return cpp_ ? CLanguage::cpp : CLanguage::c; }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  std::string text_;
  bool cpp_;

 public:
  static constexpr std::string_view op_name = "CText";
  static constexpr auto fields =
      std::tuple{Field{"text", &CText::text_}, Field{"cpp", &CText::cpp_}};
};

GpuArrayType type_of(DType dtype, std::vector<bool> flags) {
  dev0();
  return GpuArrayType(dtype, std::move(flags), "dev0");
}

std::shared_ptr<const link::CModule> module_of(const Variables& inputs, const Variable& z) {
  const FunctionGraph fgraph(inputs, {z}, false);
  return link::CModule::make(inputs, {z}, fgraph.toposort(), false);
}
Value run(const link::CModule& module, Values inputs) {
  Values out(1);
  module.run(inputs, out);
  return out[0];
}

const std::string assigned = R"(
  if (!kroton_gpucontext_equal(CONTEXT, CONTEXT)) FAIL
  kroton_gpuarray_assign(&OUT, IN);)";
const std::string doubled = R"(
  float host[3];
  if (kroton_gpuarray_ndim(IN) != 1 || kroton_gpuarray_shape(IN)[0] != 3) FAIL
  kroton_gpucontext* context = kroton_gpuarray_context(IN);
  if (!context) FAIL
  if (kroton_gpuarray_prepare(&OUT, context, KROTON_FLOAT32, 1, kroton_gpuarray_shape(IN))) FAIL
  kroton_release(kroton_gpucontext_value(context));
  if (kroton_gpuarray_read(IN, host, sizeof host)) FAIL
  for (int i = 0; i < 3; ++i) host[i] *= 2;
  if (kroton_gpuarray_write(OUT, host, sizeof host)) FAIL)";
}  // namespace

TEST(GpuArrayTypeC, C4_14_element_types) {
  NEEDS_DEVICE();
  const std::pair<DType, const char*> names[] = {
      {bool_, "ga_bool"},    {int8, "ga_byte"},    {int16, "ga_short"},       {int32, "ga_int"},
      {int64, "ga_long"},    {uint8, "ga_ubyte"},  {uint16, "ga_ushort"},     {uint32, "ga_uint"},
      {uint64, "ga_ulong"},  {float16, "ga_half"}, {bfloat16, "ga_bfloat16"}, {float32, "ga_float"},
      {float64, "ga_double"}};
  for (const auto& [dtype, name] : names) EXPECT_EQ(type_of(dtype, {}).c_element_type(), name);
}

TEST(GpuArrayTypeC, C4_14_every_identifier_contains_the_name_and_checks_can_be_left_out) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {true, false});
  const Sub sub{{"fail", "goto fail_7;"}};
  EXPECT_EQ(t.c_declare("V3", sub), "kroton_gpuarray* V3;");
  EXPECT_EQ(t.c_init("V3", sub), "V3 = NULL;");
  const std::string checked = t.c_extract("V3", sub), unchecked = t.c_extract("V3", sub, false);
  EXPECT_NE(checked.find("goto fail_7;"), std::string::npos);
  EXPECT_NE(checked.find("[0] != 1"), std::string::npos);
  EXPECT_EQ(unchecked.find("goto fail_7;"), std::string::npos);
  EXPECT_NE(unchecked.find("value_V3"), std::string::npos);
  EXPECT_NE(t.c_sync("V3", sub).find("value_V3"), std::string::npos);
  EXPECT_NE(t.c_cleanup("V3", sub).find("kroton_gpuarray_release(V3)"), std::string::npos);
  EXPECT_FALSE(t.c_code_cache_version().empty());
}

TEST(GpuArrayTypeC, C4_14_compiles_as_C17_and_as_cpp20) {
  NEEDS_DEVICE();
  if (!jit::compiler()) GTEST_SKIP() << "no compiler of C text is here";
  const Variable context(gpu_context_type.make_constant(dev0()));
  for (const bool cpp : {false, true}) {
    const CText same(assigned, cpp);
    for (int d = 0; d <= static_cast<int>(float64); ++d) {
      const GpuArrayVariable x = type_of(static_cast<DType>(d), {true, false})("x");
      const Variable z = same(x, context);
      auto text = link::module_text({x}, {z}, {z.owner()}, false);
      ASSERT_TRUE(text);
      EXPECT_EQ(text->source.language, cpp ? jit::Language::cpp : jit::Language::c);
      for (const char* flag : {"-Wall", "-Wextra", "-Werror"}) text->source.flags.push_back(flag);
      text->source.keep = false;
      EXPECT_FALSE(jit::compiler()->build(text->source).object.empty());
    }
    const GpuArrayVariable x = type_of(float32, {true, false})("x");
    const GpuArray a = on_dev0(array<float>({1, 2}, {1, 2}));
    EXPECT_EQ(list(run(*module_of({x}, same(x, context)), {a})), (Doubles{1, 2}));
  }
}

TEST(GpuArrayTypeC, C4_14_refuses_what_is_not_of_the_type) {
  NEEDS_DEVICE();
  if (!jit::compiler()) GTEST_SKIP() << "no compiler of C text is here";
  const GpuArrayVariable x = type_of(float32, {true, false})("x");
  const Variable context(gpu_context_type.make_constant(dev0()));
  const auto module = module_of({x}, CText(assigned)(x, context));
  const GpuArray a = on_dev0(array<float>({1, 2}, {1, 2}));
  EXPECT_EQ(run(*module, {a}).as<GpuArray>().device_pointer(), a.device_pointer());
  const auto refuses = [&](const Value& value, const std::string& why) {
    const std::int64_t before = memory_statistics().bytes_live;
    CHECK_ERROR(TypeError, run(*module, {value}),
                "GpuArrayType<dev0>(float32, row): the value is " + why);
    EXPECT_EQ(memory_statistics().bytes_live, before);
  };
  const std::string need = "; a device array of float32 with 2 dimensions in dev0 is needed";
  refuses(array<float>({1, 2}, {1, 2}), "float32 (1, 2)" + need);
  refuses(Value(), "nothing" + need);
  for (const GpuArray& other : {on_dev0(array({1., 2.}, {1, 2})), on_dev0(array<float>({1, 2})),
                                on_dev1(array<float>({1, 2}, {1, 2}))}) {
    refuses(other, Value(other).text() + need);
  }
  const Value tall = on_dev0(NDArray::zeros({2, 2}, float32));
  refuses(tall, tall.text() + ", whose axis 0 must have length 1");
  EXPECT_EQ(list(run(*module, {a})), (Doubles{1, 2}));
  EXPECT_TRUE(a.is_sole_owner());  // no failed run keeps anything
}

TEST(GpuContextType, C3_8_its_C_text_refuses_what_is_no_context) {
  NEEDS_DEVICE();
  if (!jit::compiler()) GTEST_SKIP() << "no compiler of C text is here";
  const GpuArrayVariable x = type_of(float32, {false})("x");
  const Variable context = gpu_context_type("context");
  const auto module = module_of({x, context}, CText(assigned)(x, context));
  const GpuArray a = on_dev0(array<float>({1, 2}));
  EXPECT_EQ(list(run(*module, {a, dev0()})), (Doubles{1, 2}));
  for (const auto& [value, words] : {std::pair{Value(3), "3"}, std::pair{Value(), "nothing"}}) {
    CHECK_ERROR(TypeError, run(*module, {a, value}),
                std::string("GpuContextType: the value is ") + words + "; a GpuContext is needed");
  }
  EXPECT_TRUE(a.is_sole_owner());
}

TEST(GpuArrayTypeC, C4_14_a_module_extracts_computes_syncs_and_cleans_up) {
  NEEDS_DEVICE();
  if (!jit::compiler()) GTEST_SKIP() << "no compiler of C text is here";
  const GpuArrayVariable x = type_of(float32, {false})("x");
  const auto module = module_of({x}, CText(doubled)(CText(doubled)(x)));
  GpuArray a = on_dev0(array<float>({1, 2, 3}));
  for (int i = 0; i < 3; ++i) {
    const Value z = run(*module, {a});
    EXPECT_EQ(z.as<GpuArray>().context(), dev0());
    EXPECT_EQ(list(z), (Doubles{4, 8, 12}));
  }
  EXPECT_TRUE(a.is_sole_owner());  // the module keeps nothing
  // A view of every second element, backwards.
  const GpuArray strided = on_dev0(array<float>({1, 9, 2, 9, 3})).slice({slice({}, {}, -2)});
  EXPECT_EQ(list(run(*module, {strided})), (Doubles{12, 8, 4}));
}
