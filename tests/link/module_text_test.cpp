// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/module_text.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "kroton/base/errors.h"
#include "kroton/graph/enum_type.h"
#include "kroton/graph/params_type.h"
#include "tests/link/traced.h"

using namespace kroton;
using link::module_text;
using link::ModuleText;
using traced::Int;

namespace {
// Everything that an op may ask the module for.
class Asks final : public OpOf<Asks> {
 public:
  explicit Asks(CacheVersion version = {1}, double scale = 1)
      : version_(std::move(version)), scale_(scale) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view name, const Names& in, const Names& out,
                     const Sub& sub) const override {
    return out[0] + " = " + in[0] + " + " + sub["params"] + "->kind + " + std::string(name) +
           "_count++;";
  }
  std::string c_support_code() const override { return "/* once for the op */"; }
  std::string c_support_code_apply(const Apply&, std::string_view name) const override {
    return "/* for " + std::string(name) + " */";
  }
  std::string c_support_code_struct(const Apply&, std::string_view name) const override {
    return "int " + std::string(name) + "_count;";
  }
  std::string c_init_code_struct(const Apply&, std::string_view name, const Sub&) const override {
    return std::string(name) + "_count = 0;";
  }
  Names c_headers() const override { return {"mine.h", "<math.h>", "\"yours.h\""}; }
  Names c_header_dirs() const override { return {"/some/include"}; }
  Names c_libraries() const override { return {"m"}; }
  Names c_lib_dirs() const override { return {"/some/lib"}; }
  Names c_compile_args() const override { return {"-DMINE=1", "-DOTHER=2"}; }
  Names c_no_compile_args() const override { return {"-DOTHER=2"}; }
  CacheVersion c_code_cache_version() const override { return version_; }
  std::optional<Constant> params(const Apply&) const override {
    const ParamsType type({{"kind", EnumType({{"LOW", 3}, {"HIGH", 4}})}});
    return type.make({{"kind", scale_ > 1 ? "HIGH" : "LOW"}});
  }

 private:
  CacheVersion version_;
  double scale_;

 public:
  static constexpr std::string_view op_name = "Asks";
  static constexpr auto fields =
      std::tuple{Field{"version", &Asks::version_}, Field{"scale", &Asks::scale_}};
};
ModuleText text_of(const Variables& in, const Variables& out, const std::vector<Apply>& order) {
  return *module_text(in, out, order, true);
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST(ModuleText, C4_14_headers_are_quoted_and_folders_become_flags) {
  const auto x = Int()("x");
  const auto node = Asks().make_node({x});
  ::setenv("CPATH", "/from/cpath:", 1);
  ::setenv("LIBRARY_PATH", "/from/library_path", 1);
  const ModuleText text = text_of({x}, node.outputs(), {node});
  ::unsetenv("CPATH");
  ::unsetenv("LIBRARY_PATH");
  EXPECT_TRUE(
      has(text.source.text, "#include \"mine.h\"\n#include <math.h>\n#include \"yours.h\"\n"));
  EXPECT_EQ(text.source.flags, (Names{"-DMINE=1", "-I/some/include", "-I/from/cpath"}));
  EXPECT_EQ(text.source.libraries, (Names{"m"}));
  ASSERT_GE(text.source.library_dirs.size(), 2u);
  EXPECT_EQ(text.source.library_dirs[0], "/some/lib");
  EXPECT_EQ(text.source.library_dirs[1], "/from/library_path");
}

TEST(ModuleText, C5_2_support_code_comes_once_for_an_op_and_once_for_each_node) {
  const auto x = Int()("x");
  const auto first = Asks().make_node({x});
  const auto second = Asks().make_node({first.outputs()[0]});
  const std::string text = text_of({x}, second.outputs(), {first, second}).source.text;
  const std::size_t at = text.find("once for the op");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(text.find("once for the op", at + 1), std::string::npos);
  EXPECT_TRUE(has(text, "/* for node_0 */"));
  EXPECT_TRUE(has(text, "/* for node_1 */"));
}

TEST(ModuleText, C5_5_an_empty_version_keeps_the_module_off_the_disk) {
  const auto x = Int()("x");
  for (const CacheVersion& version : {CacheVersion{}, CacheVersion{1}, CacheVersion{1, 2}}) {
    const auto node = Asks(version).make_node({x});
    EXPECT_EQ(text_of({x}, node.outputs(), {node}).source.keep, !version.empty());
  }
  const auto old = Asks({1}).make_node({x}), now = Asks({2}).make_node({x});
  EXPECT_NE(text_of({x}, old.outputs(), {old}).source.text,
            text_of({x}, now.outputs(), {now}).source.text);
}

TEST(ModuleText, C5_2_ops_that_differ_in_params_alone_share_one_text) {
  const auto x = Int()("x"), y = Int()("y");
  const auto a = Asks({1}, 1).make_node({x}), b = Asks({1}, 2).make_node({y});
  const ModuleText one = text_of({x}, a.outputs(), {a}), two = text_of({y}, b.outputs(), {b});
  EXPECT_EQ(one.source.text, two.source.text);
  EXPECT_EQ(one.constants[0].data().as<Params>()["kind"].item<int>(), 3);
  EXPECT_EQ(two.constants[0].data().as<Params>()["kind"].item<int>(), 4);
}

TEST(ModuleText, C5_6_a_node_without_C_code_is_a_call_or_no_module) {
  const auto x = Int()("x");
  const auto node = traced::Sum(0, true).make_node({x});
  const auto calls = text_of({x}, node.outputs(), {node}).calls;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].node, 0);
  EXPECT_TRUE(calls[0].entries.empty());
  std::string why;
  EXPECT_FALSE(module_text({x}, node.outputs(), {node}, false, &why));
  EXPECT_TRUE(has(why, "Sum does not define c_code")) << why;
}
