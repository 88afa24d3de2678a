// SPDX-License-Identifier: BSD-3-Clause
// An op whose C text lies in a file of its own, by every linker that runs C.
#include "outsider.h"

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;

namespace {
class FromFile final : public ExternalCOpOf<FromFile> {
 public:
  static constexpr std::string_view op_name = "FromFile";
  explicit FromFile(const std::string& file, std::string function = "")
      : ExternalCOpOf({file}, function), function_(std::move(function)) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }

 private:
  std::string function_;

 public:
  static constexpr auto fields = std::tuple{Field{"function", &FromFile::function_}};
};

// Adds how often this node ran before to each element, in memory that the node keeps.
const char* const sections = R"(// All sections.
#section support_code
#include <stdlib.h>
static int begun;
static double factor;
#section init_code
factor = 10;
#section support_code_apply
static double APPLY_SPECIFIC(scaled)(double x) { return factor * x; }
#section support_code_struct
double* APPLY_SPECIFIC(runs);
#section init_code_struct
APPLY_SPECIFIC(runs) = (double*)calloc(1, sizeof(double));
if (!APPLY_SPECIFIC(runs)) FAIL
#section cleanup_code_struct
free(APPLY_SPECIFIC(runs));
#section code
++begun;
const int64_t n = kroton_array_shape(INPUT_0)[0];
if (kroton_array_prepare(&OUTPUT_0, TYPENUM_INPUT_0, 1, &n)) FAIL
for (int64_t i = 0; i < n; ++i) {
  const DTYPE_INPUT_0 x = ((const DTYPE_INPUT_0*)kroton_array_data(INPUT_0))[i];
  if (x < 0) {
    kroton_set_error(KROTON_VALUE_ERROR, "from_file: element %d is negative", (int)i);
    FAIL
  }
  ((DTYPE_OUTPUT_0*)kroton_array_data(OUTPUT_0))[i] = APPLY_SPECIFIC(scaled)(x) + *APPLY_SPECIFIC(runs);
}
++*APPLY_SPECIFIC(runs);
#section code_cleanup
--begun;
)";
const char* const called = R"(
#section support_code
static int doubled(kroton_array* x, kroton_array** z) {
  const int64_t n = kroton_array_shape(x)[0];
  if (kroton_array_prepare(z, KROTON_FLOAT64, 1, &n)) return 1;
  for (int64_t i = 0; i < n; ++i)
    ((double*)kroton_array_data(*z))[i] = 2 * ((const double*)kroton_array_data(x))[i];
  return 0;
}
)";
}  // namespace

TEST(ExternalCOp, C5_2_all_sections_of_a_file_do_their_work) {
  const outsider::Folder folder;
  outsider::write_file(folder / "op.c", sections);
  auto x = dvector("x");
  for (const char* linker : {"c", "c|py", "vm"}) {
    const FromFile op(folder / "op.c");
    auto fn = function({x}, {op(x), op(x * 2)}, {.mode = linker});
    for (const double run : {0., 1.}) {
      const Outputs out = fn(array({1., 2.}));
      EXPECT_EQ(list<double>(out.array(0)), (Doubles{10 + run, 20 + run})) << linker;
      EXPECT_EQ(list<double>(out.array(1)), (Doubles{20 + run, 40 + run})) << linker;
    }
    EXPECT_EQ(outsider::first_line(error_of<ValueError>([&] { return fn(array({1., -1.})); })),
              "from_file: element 1 is negative");
    EXPECT_EQ(fn(array({1.})).array(0).size(), 1u);
  }
}

TEST(ExternalCOp, C5_2_a_function_of_a_file_is_called) {
  const outsider::Folder folder;
  outsider::write_file(folder / "op.c", called);
  auto x = dvector("x");
  for (const char* linker : {"c", "c|py", "vm"}) {
    auto fn = function({x}, FromFile(folder / "op.c", "doubled")(x) + 1, {.mode = linker});
    EXPECT_EQ(list<double>(fn(array({1., 2.}))), (Doubles{3, 5})) << linker;
  }
}

TEST(ExternalCOp, C5_3_what_does_not_compile_is_shown_by_file_and_line) {
  const outsider::Folder folder;
  const std::string file = folder / "op.c";
  outsider::write_file(file, "#section code\n\nint wrong = missing;\n");
  auto x = dvector("x");
  const std::string text =
      error_of<CompileError>([&] { return function({x}, FromFile(file)(x), {.mode = "c"}); });
  EXPECT_HAS(text, "FromFile: its C code does not compile: " + file + ":3:13: error: ");
  EXPECT_HAS(text, file + ", the text:\n  1 | #section code\n  2 | \n  3 | int wrong = missing;\n");
  EXPECT_HAS(text, "external_c_op_test.cpp:");
}
