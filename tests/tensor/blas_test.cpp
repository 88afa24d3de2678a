// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/blas.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace blas = kroton::tensor::blas;

namespace {
bool is_off() { return base::config().blas() == "none"; }
const char* const no_library = "libnothing.so.9";
bool is_wrong() { return base::config().blas() == no_library; }
}  // namespace

TEST(Blas, functions_are_found_by_name_and_dtype) {
  if (is_off()) GTEST_SKIP() << "the flag blas is none";
  ASSERT_NE(blas::find("gemm", float64), nullptr) << blas::describe();
  EXPECT_NE(blas::find("gemm", float32), blas::find("gemm", float64));
  EXPECT_NE(blas::find("potrf", complex128), nullptr);
  EXPECT_EQ(blas::find("gemm", int32), nullptr);
  EXPECT_EQ(blas::find("no_such_function", float32), nullptr);
  CHECK_ERROR(
      UnsupportedError, blas::get("nothing", float32, "solve"),
      "solve: LAPACK's snothing is not there (the library has no such function); install the "
      "package libopenblas0, or name a library by the flag blas");
  EXPECT_EQ(blas::get("gemm", float32, "dot"), blas::find("gemm", float32));
  EXPECT_NE(blas::describe().find("blas"), std::string::npos);
}

TEST(Blas, what_is_missing_is_said) {
  if (!is_off())
    GTEST_SKIP() << "this needs the flag blas = none, as the test tensor.without_blas has it";
  EXPECT_EQ(blas::find("gemm", float64), nullptr);
  EXPECT_EQ(blas::describe(),
            "none (the flag blas is none): products of matrices run as kernels, slower; "
            "factorizations and solvers do not run");
  CHECK_ERROR(UnsupportedError, blas::get("potrf", float64, "cholesky"),
              "cholesky: LAPACK's dpotrf is not there (the flag blas is none); install the package "
              "libopenblas0, or name a library by the flag blas");
}

TEST(Blas, a_library_that_cannot_be_opened_is_named) {
  if (!is_wrong())
    GTEST_SKIP() << "this needs the flag blas = " << no_library
                 << ", as the test tensor.with_a_wrong_blas has it";
  CHECK_ERROR(Error, blas::find("gemm", float64),
              "blas: the flag blas is 'libnothing.so.9', which does not work (libnothing.so.9: "
              "cannot open shared object file: No such file or directory); give a library with "
              "BLAS functions, none, or nothing");
}
