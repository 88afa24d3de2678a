// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/context_type.h"

#include <gtest/gtest.h>
#include "kroton/graph/op.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
// Its input, transferred to the context that it is given.
class Brought final : public OpOf<Brought> {
 public:
  Apply make_node(Inputs in) const override {
    const auto name = name_of_context(as<Constant>(in[1])->data().as<GpuContext>());
    return Apply(*this, in, {Variable(GpuArrayType(float32, {false}, *name))});
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = GpuArray::from_host(in[0], in[1].as<GpuContext>());
  }
  static constexpr std::string_view op_name = "Brought";
};
}  // namespace

TEST(GpuContextType, C3_8_takes_contexts_only) {
  NEEDS_DEVICE();
  EXPECT_EQ(gpu_context_type.filter(dev0()).as<GpuContext>(), dev0());
  CHECK_ERROR(TypeError, gpu_context_type.filter("dev0"),
              "GpuContextType: the value is 'dev0'; a GpuContext is needed, from get_context or "
              "init_dev");
  CHECK_ERROR(TypeError, gpu_context_type.filter(GpuContext()),
              "GpuContextType: the value is a null GpuContext; a GpuContext is needed, from "
              "get_context or init_dev");
  EXPECT_EQ(gpu_context_type.text(), "GpuContextType");
  EXPECT_EQ(gpu_context_type, GpuContextType());
  EXPECT_TRUE(GpuContextType::values_eq(dev0(), dev0()));
  EXPECT_FALSE(GpuContextType::values_eq(dev0(), dev1()));
  EXPECT_TRUE(gpu_context_type.values_eq(Value(dev0()), Value(dev0())));
  EXPECT_FALSE(gpu_context_type.values_eq(Value(dev0()), Value("dev0")));
}

TEST(GpuContextType, C3_8_its_C_text_has_no_sync) {
  const Sub sub{{"fail", "goto fail;"}};
  EXPECT_EQ(gpu_context_type.c_declare("V3", sub), "kroton_gpucontext* V3;");
  EXPECT_EQ(gpu_context_type.c_init("V3", sub), "V3 = NULL;");
  EXPECT_NE(gpu_context_type.c_extract("V3", sub).find("goto fail;"), std::string::npos);
  EXPECT_EQ(gpu_context_type.c_extract("V3", sub, false).find("goto fail;"), std::string::npos);
  EXPECT_NE(gpu_context_type.c_cleanup("V3", sub).find("V3"), std::string::npos);
  EXPECT_FALSE(gpu_context_type.c_code_cache_version().empty());
  EXPECT_TRUE(gpu_context_type.c_headers().empty());
  EXPECT_TRUE(gpu_context_type.c_header_dirs().empty());
  EXPECT_TRUE(gpu_context_type.c_init_code().empty());
  CHECK_ERROR(MethodNotDefined, gpu_context_type.c_sync("V3", sub),
              "GpuContextType does not define c_sync");
}

TEST(GpuContextType, C3_8_reaches_nodes_as_a_constant_and_is_no_input) {
  NEEDS_DEVICE();
  const Variable x = T::fvector("x"), context = gpu_context_type("ctx");
  try {
    function({x, context}, x * 2);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const TypeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "function: input 1 'ctx' is GpuContextType, no type of inputs; give the value to the "
              "op, as a constant of its node");
  }
  const Variable z = Brought()(x, Variable(gpu_context_type.make_constant(dev1())));
  const Value there = function({x}, z)(array<float>({1, 2}))[0];
  EXPECT_EQ(there.as<GpuArray>().context(), dev1());
  EXPECT_EQ(list(there), (Doubles{1, 2}));
}
