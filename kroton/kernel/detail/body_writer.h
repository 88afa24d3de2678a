// SPDX-License-Identifier: BSD-3-Clause
// Spells expressions and statements of one nest. The text is common to all dialects; where a point
// lies in memory and what an axis is called there is the caller's.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kroton/kernel/dialect.h"
#include "kroton/kernel/specialise.h"

namespace kroton::kernel::detail {
// Definitions that the bodies need in front of them, shared by all nests of a text.
class Definitions {
 public:
  explicit Definitions(Dialect dialect) : dialect_(dialect) {}
  std::string function(const ScalarFunction&, DType compute);
  std::string cast(DType from, DType to, const std::string& value);
  std::string store(DType element, DType value, const std::string& text);
  std::string load(DType element, const std::string& text);
  void use(const std::string& prelude_name) { used_.insert(prelude_name); }
  // A type that the nests need.
  void type(const std::string& name, const std::string& text) { define(name, text); }
  // The prelude with all that was used, then the functions.
  std::string text() const;

 private:
  void require(const ScalarFunction&, DType compute, const std::vector<std::string>& names);
  void define(const std::string& name, const std::string& text);
  Dialect dialect_;
  std::set<std::string> used_, defined_;
  std::map<std::string, std::string> names_;  // of rows: contents -> name
  std::string functions_;
};

std::string literal(const Expr& constant, Definitions&);
// Tells of a wrong index in the first 32 bytes of scratch memory.
std::string fault_function(Dialect);

struct Spelling {
  // The element of an operand at the point; `more` is bytes to add, "" or " + ...".
  std::function<std::string(int operand, const std::string& more)> element;
  std::function<std::string(int axis)> axis;
  std::function<std::string(const Expr&)> leaf;  // result, carry
};

class BodyWriter {
 public:
  BodyWriter(const Specialised& s, const Nest& nest, Definitions& definitions)
      : s_(s), k_(*s.kernel), nest_(nest), definitions_(definitions) {}

  // Lines that compute the stage's expressions and run its stores and scatters at one point.
  std::vector<std::string> point(const StagePlan&, const Spelling&);
  // Lines that compute what is the same at all points of the stage's own loops, COUNT in number;
  // point() leaves that out until forget().
  std::vector<std::string> same_everywhere(const StagePlan&, const Spelling&,
                                           const std::string& count);
  void forget() { known_.clear(); }
  // Of what point() computes, as point_cost() counts it.
  int cost_of_point(const StagePlan&) const;
  // Of those of its operations that wait for each other.
  int longest_wait(const StagePlan&) const;
  // Lines that compute expressions over leaves only (the start of a carry at an outer point).
  std::vector<std::string> values(const std::vector<ExprId>&, const Spelling&);
  // left = combine(left, right), for each component.
  std::vector<std::string> combine(int accumulator, const std::vector<std::string>& left,
                                   const std::vector<std::string>& right);
  // The text of a value that the last point() or values() made.
  std::string name(ExprId, const Spelling&);
  // Names of launch arguments: "n3" is lengths[3], "t3" is strides[3]. All that were named.
  std::string length(int i) { return lengths_used.insert(i), "n" + std::to_string(i); }
  std::string stride(int i) { return strides_used.insert(i), "t" + std::to_string(i); }
  std::set<int> lengths_used, strides_used;

  int operand_of(const Access&) const;
  std::string affine(const Affine&, const Spelling&);
  Definitions& definitions() { return definitions_; }

 private:
  int cost_of_value(ExprId) const;
  std::string expr(ExprId, const Spelling&, std::vector<std::string>& lines);
  std::string load(ExprId, const Spelling&, std::vector<std::string>& lines);
  // A condition under which the element may be touched, or "".
  std::string condition(const Access&, const Spelling&, std::vector<std::string>& lines,
                        const std::string& stem);
  std::string element(const Access&, const Spelling&);
  void statement(const Statement&, const Spelling&, std::vector<std::string>& lines, int number);

  bool is_same_everywhere(const Stage&, const Expr&, const std::set<ExprId>& varying) const;

  const Specialised& s_;
  const Kernel& k_;
  const Nest& nest_;
  Definitions& definitions_;
  std::set<ExprId> known_;  // by same_everywhere()
};
}  // namespace kroton::kernel::detail
