// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/op.h"

#include "kroton/base/errors.h"
#include "kroton/kernel/form.h"

namespace kroton::inline graph {
void Op::not_defined(const char* method) const {
  const std::string described = text();
  throw MethodNotDefined(described.substr(0, described.find('{')) + " does not define " + method);
}

Apply Op::make_node(Inputs) const { not_defined("make_node"); }
Shapes Op::infer_shape(const Apply& node, Shapes) const { return Shapes(node.outputs().size()); }
Connections Op::connection_pattern(const Apply& node) const {
  return Connections(node.inputs().size(), std::vector<bool>(node.outputs().size(), true));
}
Variables Op::grad(const Apply&, Variables) const { not_defined("grad"); }
Variables Op::r_op(const Apply&, Variables) const { not_defined("r_op"); }
std::optional<kernel::Kernel> Op::kernel(const Apply&) const { return std::nullopt; }
std::vector<ShapeExpr> Op::kernel_lengths(const Apply&, Shapes) const { return {}; }

std::string Op::c_code(const Apply&, std::string_view, const Names&, const Names&,
                       const Sub&) const {
  not_defined("c_code");
}
std::string Op::c_code_cleanup(const Apply&, std::string_view, const Names&, const Names&,
                               const Sub&) const {
  return "";
}
std::string Op::c_support_code() const { return ""; }
std::string Op::c_support_code_apply(const Apply&, std::string_view) const { return ""; }
std::string Op::c_support_code_struct(const Apply&, std::string_view) const { return ""; }
std::string Op::c_init_code_struct(const Apply&, std::string_view, const Sub&) const { return ""; }
std::string Op::c_cleanup_code_struct(const Apply&, std::string_view) const { return ""; }
Names Op::c_init_code() const { return {}; }
Names Op::c_init_code_apply(const Apply&, std::string_view) const { return {}; }
Names Op::c_headers() const { return {}; }
Names Op::c_header_dirs() const { return {}; }
Names Op::c_libraries() const { return {}; }
Names Op::c_lib_dirs() const { return {}; }
Names Op::c_compile_args() const { return {}; }
Names Op::c_no_compile_args() const { return {}; }
CLanguage Op::c_language() const { return CLanguage::c; }
CacheVersion Op::c_code_cache_version() const { return {}; }
CacheVersion Op::c_code_cache_version_apply(const Apply&) const { return c_code_cache_version(); }
bool Op::check_input() const { return true; }
std::optional<Constant> Op::params(const Apply&) const { return std::nullopt; }

void Op::perform(const Apply&, std::span<const Value>, std::span<Value>) const {
  not_defined("perform");
}
AliasMap Op::view_map() const { return {}; }
bool Op::takes_arrays_elsewhere() const { return false; }
bool Op::fills_storage(const Apply&) const { return false; }
PreparedBody Op::prepare(const Apply&, std::span<const ArrayLayout>,
                         std::span<const ArrayLayout>) const {
  return {};
}
InputCheck Op::input_check(const Apply&) const { return {}; }
AliasMap Op::may_lie_over(const Apply&) const { return {}; }
AliasMap Op::destroy_map() const { return {}; }
Effect Op::effect() const { return Effect::none; }
std::vector<int> Op::branches(const Apply&) const { return {}; }
int Op::next_branch(const Apply&, std::span<const Value>) const { return 0; }
std::vector<std::source_location> Op::lines(const Apply& node) const { return {node.line()}; }
Notation Op::notation(const Apply& node, int output) const {
  Notation call = Notation::call(text(), node.inputs());
  if (node.outputs().size() > 1) call.text("." + std::to_string(output));
  return call;
}
std::optional<InnerGraph> Op::inner_graph() const { return std::nullopt; }
const void* Op::variant() const { return nullptr; }
bool Op::do_constant_folding(const Apply&) const { return effect() == Effect::none; }
}  // namespace kroton::inline graph
