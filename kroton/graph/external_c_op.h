// SPDX-License-Identifier: BSD-3-Clause
// ExternalCOp: an op whose C text lies in files of its own, in sections:
//   #section support_code
//   static double twice(double x) { return 2 * x; }
//   #section code
//   OUTPUT_0 = twice(INPUT_0);
// A section of the file goes where the method of that name goes: support_code, support_code_apply,
// support_code_struct, init_code, init_code_apply, init_code_struct, cleanup_code_struct, code,
// code_cleanup. Text before the first section may hold nothing but comments. The sections of a node
// see these macros:
//   INPUT_0 ... OUTPUT_0 ...      the variables (code, code_cleanup)
//   DTYPE_INPUT_0 TYPENUM_INPUT_0 ITEMSIZE_INPUT_0, and of OUTPUT_0 ...      where it is an array
//   APPLY_SPECIFIC(word)          word with an ending that is the node's own
//   FAIL, PARAMS                  sub["fail"], sub["params"] (code, code_cleanup, init_code_struct)
// With a function name, `code` is the call FUNCTION(inputs..., &outputs..., params), which returns
// 0 when it succeeded. Source: Theano's gof/op.py:COp, ExternalCOp.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::inline graph {
// To derive from, with make_node and the rest; see OpOf for text, == and hash (ExternalCOpOf below
// has both).
class KROTON_API ExternalCOp : public Op {
 public:
  // ValueError for a file that cannot be read, an unknown section, text outside all sections, and
  // where there is neither a section `code` nor a function.
  explicit ExternalCOp(std::vector<std::string> files, std::string function = "");

  std::string c_code(const Apply& node, std::string_view name, const Names& inames,
                     const Names& onames, const Sub& sub) const override;
  std::string c_code_cleanup(const Apply& node, std::string_view name, const Names& inames,
                             const Names& onames, const Sub& sub) const override;
  std::string c_support_code() const override;
  std::string c_support_code_apply(const Apply& node, std::string_view name) const override;
  std::string c_support_code_struct(const Apply& node, std::string_view name) const override;
  std::string c_init_code_struct(const Apply& node, std::string_view name,
                                 const Sub& sub) const override;
  std::string c_cleanup_code_struct(const Apply& node, std::string_view name) const override;
  Names c_init_code() const override;
  Names c_init_code_apply(const Apply& node, std::string_view name) const override;
  // Of the files' text: another text is another version.
  CacheVersion c_code_cache_version() const override;

 private:
  void read(const std::string& file);
  std::string section(const std::string& name) const;
  std::string function_;
  std::map<std::string, std::string> sections_;
};

// Text, == and hash from Derived::op_name and Derived::fields.
template <class Derived>
class ExternalCOpOf : public ExternalCOp {
 public:
  using ExternalCOp::ExternalCOp;
  std::string text() const override { return fields_text(self(), op_class_name<Derived>()); }
  bool equals(const Op& other) const override {
    return typeid(*this) == typeid(other) &&
           fields_equal(self(), static_cast<const Derived&>(other));
  }
  std::size_t hash() const override {
    return hash_text(fields_text(self(), typeid(Derived).name()));
  }
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const Derived>(self());
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};
}  // namespace kroton::inline graph
