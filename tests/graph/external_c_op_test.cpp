// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/external_c_op.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kroton/base/errors.h"
#include "tests/graph/toy.h"

using namespace kroton;

namespace {
class File {
 public:
  explicit File(const std::string& text)
      : path(std::filesystem::temp_directory_path() /
             ("kroton_external_" + std::to_string(::getpid()) + ".c")) {
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path;
};
struct Twice final : ExternalCOpOf<Twice> {
  static constexpr std::string_view op_name = "Twice";
  explicit Twice(const std::string& file, std::string function = "")
      : ExternalCOpOf({file}, std::move(function)) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {toy::Number()()}); }
};
std::string error_of(const std::string& text, const std::string& function = "") {
  const File file(text);
  try {
    Twice op(file.path, function);
  } catch (const ValueError& error) {
    std::string said = error.what();
    const std::size_t at = said.find(file.path.string());
    return at == std::string::npos ? said : said.replace(at, file.path.string().size(), "FILE");
  }
  return "nothing was thrown";
}
}  // namespace

TEST(ExternalCOp, C5_2_sections_go_where_the_methods_of_their_names_go) {
  const File file(
      "// What it does.\n#section support_code\nint a;\n#section code\nOUTPUT_0 = "
      "INPUT_0;\n#section support_code_struct\nint APPLY_SPECIFIC(n);\n");
  const Twice op(file.path);
  const Apply node = op.make_node({toy::number("x")});
  EXPECT_EQ(op.c_support_code(), "#line 3 \"" + file.path.string() + "\"\nint a;\n");
  EXPECT_NE(op.c_support_code_struct(node, "node_3").find("int n_node_3;"), std::string::npos);
  const std::string code = op.c_code(node, "node_3", {"V1"}, {"V2"}, Sub{{"fail", "{ out; }"}});
  EXPECT_EQ(code,
            "#define APPLY_SPECIFIC(word) word##_node_3\n#define INPUT_0 V1\n#define OUTPUT_0 V2\n"
            "#define FAIL { out; }\n#line 5 \"" +
                file.path.string() +
                "\"\nOUTPUT_0 = INPUT_0;\n\n#undef APPLY_SPECIFIC\n#undef INPUT_0\n"
                "#undef OUTPUT_0\n#undef FAIL\n");
  EXPECT_EQ(op.c_code_cleanup(node, "node_3", {"V1"}, {"V2"}, Sub{{"fail", ""}}), "");
  EXPECT_EQ(op.c_init_code(), Names{});
  EXPECT_EQ(op.c_code_cache_version().size(), 2u);
}

TEST(ExternalCOp, C5_2_a_function_is_called_with_inputs_and_the_addresses_of_outputs) {
  const File file("#section support_code\nstatic int f(int x, int* z) { *z = 2 * x; return 0; }\n");
  const Twice op(file.path, "f");
  const Apply node = op.make_node({toy::number("x")});
  EXPECT_NE(op.c_code(node, "n", {"V1"}, {"V2"}, Sub{{"fail", "{ out; }"}})
                .find("if (f(V1, &V2)) { out; }"),
            std::string::npos);
}

TEST(ExternalCOp, C5_2_what_is_wrong_in_a_file_is_said_with_its_line) {
  EXPECT_EQ(error_of("int x;\n#section code\n"),
            "ExternalCOp: FILE:1: text before the first section; begin with a line '#section "
            "NAME'");
  EXPECT_EQ(error_of("#section kode\n"),
            "ExternalCOp: FILE:1: there is no section 'kode'; there are support_code, "
            "support_code_apply, support_code_struct, init_code, init_code_apply, "
            "init_code_struct, cleanup_code_struct, code, code_cleanup");
  EXPECT_EQ(error_of("#section support_code\n"),
            "ExternalCOp: FILE has no section code and no function is named; give one of them");
  EXPECT_EQ(error_of("#section code\nx;\n"), "nothing was thrown");
  try {
    Twice op("/no/such/file.c");
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "ExternalCOp: '/no/such/file.c' cannot be read; give the path of a file with "
                 "sections");
  }
}
