// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/variable.h"

#include "kroton/base/errors.h"
#include "kroton/graph/detail/node.h"
#include "kroton/graph/op.h"

namespace kroton::inline graph {
namespace {
const std::shared_ptr<LeafData> no_data;

VariableNode leaf(std::shared_ptr<const Type> type, std::string name) {
  VariableNode node;
  node.type = std::move(type);
  node.name = std::move(name);
  return node;
}
}  // namespace

LeafData::~LeafData() = default;

Variable::Variable(const Type& type, std::string name)
    : node_(std::make_shared<VariableNode>(leaf(type.share(), std::move(name)))) {}

Variable::Variable(const Type& type, std::optional<Apply> owner, std::optional<int> index,
                   std::string name) {
  if (!owner || !*owner) {
    if (index)
      throw ValueError("Variable: index " + std::to_string(*index) + " is given without an owner");
    *this = Variable(type, std::move(name));
    return;
  }
  if (!index)
    throw ValueError("Variable: an owner is given without an index; say which output it is");
  const Variables& outputs = owner->outputs();
  if (*index < 0 || *index >= static_cast<int>(outputs.size())) {
    throw ValueError("Variable: index " + std::to_string(*index) + " is out of range; " +
                     owner->op().text() + " has " + std::to_string(outputs.size()) + " outputs");
  }
  const Variable& output = outputs[static_cast<std::size_t>(*index)];
  if (!(output.type() == type)) {
    throw TypeError("Variable: output " + std::to_string(*index) + " of " + owner->op().text() +
                    " has type " + output.type().text() + ", not " + type.text());
  }
  *this = output;
  if (!name.empty()) set_name(std::move(name));
}

Variable::Variable(std::shared_ptr<const Type> type, std::shared_ptr<LeafData> data,
                   std::string name)
    : node_(std::make_shared<VariableNode>(leaf(std::move(type), std::move(name)))) {
  node_->data = std::move(data);
}

std::shared_ptr<VariableNode> Variable::promoted() const {
  return std::shared_ptr<VariableNode>(node_->owner->shared_from_this(), node_.get());
}

VariableNode* Variable::resolved() const {
  VariableNode* node = node_.get();
  while (node && node->claimed) node = node->claimed.get();
  return node;
}

VariableNode& Variable::get() const {
  VariableNode* node = resolved();
  if (!node)
    throw ValueError(
        "Variable: an empty variable was used; make one by matrix(\"x\"), shared(value) or an expression");
  return *node;
}

const Type& Variable::type() const { return *get().type; }
std::shared_ptr<const Type> Variable::shared_type() const { return get().type; }
Apply Variable::owner() const {
  ApplyNode* owner = get().owner;
  return owner ? Apply(owner->shared_from_this()) : Apply();
}
int Variable::index() const { return get().index; }
std::string Variable::name() const { return get().name; }
void Variable::set_name(std::string name) { get().name = std::move(name); }
std::source_location Variable::line() const {
  const VariableNode& node = get();
  return node.owner && node.line.line() == 0 ? owner().line() : node.line;
}
void Variable::set_line(std::source_location line) { get().line = line; }
const std::shared_ptr<LeafData>& Variable::leaf_data() const {
  return node_ ? get().data : no_data;
}
const void* Variable::key() const { return resolved(); }

std::string Variable::text() const {
  const VariableNode& node = get();
  if (!node.name.empty()) return node.name;
  if (node.owner) return node.owner->op->text() + "." + std::to_string(node.index);
  if (auto constant = Constant::recover(*this)) return constant->value_text();
  return "<" + node.type->text() + ">";
}

DType Variable::dtype() const { return type().dtype(); }
std::size_t Variable::ndim() const { return type().ndim(); }
std::vector<bool> Variable::broadcastable() const { return type().broadcastable(); }
}  // namespace kroton::inline graph
