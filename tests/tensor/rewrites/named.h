// SPDX-License-Identifier: BSD-3-Clause
// Rewrites of the library by name: run("local_log1p", {x}, log(1 + x), {values}) gives what is
// left, as words, and the values before and after.
#pragma once
#include "kroton/rewrite/database.h"
#include "kroton/tensor/rewrites/install.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

namespace rewriting {
inline const rewrite::Database& library() {
  static const rewrite::Database db = [] {
    rewrite::Database filled;
    rewrite::install_rewrites(filled);
    tensor::install_rewrites(filled);
    return filled;
  }();
  return db;
}

struct Run {
  std::string words;
  std::vector<NDArray> before, after;
  std::vector<double> values() const { return after[0].astype(float64).to_vector<double>(); }
};

// NAMES: of rewrites, separated by spaces; constants are folded too.
inline Run run(const std::string& names, const Variables& inputs, const Variables& outputs,
               const std::vector<NDArray>& values) {
  const auto rewriter =
      library().query(rewrite::Query().including(names + " constant_folding merge1"));
  FunctionGraph before(inputs, outputs), after(inputs, outputs);
  const rewrite::Trace trace = rewriter->apply(after);
  for (const std::string& note : trace.notes()) ADD_FAILURE() << note;
  after.check_integrity();
  Run made{words(after), evaluate(before, values), evaluate(after, values)};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_TRUE(after.outputs()[i].type() == before.outputs()[i].type()) << made.words;
    EXPECT_EQ(made.before[i].shape(), made.after[i].shape()) << made.words;
  }
  return made;
}

// The words of what is left, after a check that values stay (within the tolerance of the dtype).
inline std::string left(const std::string& names, const Variables& inputs, const Variables& outputs,
                        const std::vector<NDArray>& values) {
  const Run made = run(names, inputs, outputs, values);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_TRUE(outputs[i].type().values_eq_approx(made.before[i], made.after[i])) << made.words;
  }
  return made.words;
}

inline Variable vec(const char* name, DType dtype = float64) {
  return tensor::TensorType(dtype, {false})(name);
}
inline Variable mat(const char* name, DType dtype = float64) {
  return tensor::TensorType(dtype, {false, false})(name);
}
inline NDArray numbers(const std::vector<double>& values, DType dtype = float64) {
  NDArray all = NDArray::zeros({static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), all.span<double>().begin());
  return all.astype(dtype);
}
}  // namespace rewriting
