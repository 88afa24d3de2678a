// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/detail/module_plan.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/text.h"
#include "kroton/link/kernel_call.h"

namespace kroton::link::detail {
namespace {
void add_all(Names& list, const Names& more) {
  for (const std::string& word : more) {
    if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
  }
}
void add_folders(Names& list, const char* variable) {
  const std::string value = base::environment(variable).value_or("");
  for (const std::string_view folder : base::split(value, ':')) {
    if (!folder.empty()) add_all(list, {std::string(folder)});
  }
}

}  // namespace

std::string op_title(const Op& op) {
  const std::string text = op.text();
  return text.substr(0, text.find('{'));
}
Sub run_words(int id) {
  const std::string number = std::to_string(id);
  return Sub{{"fail", "{ kroton_failure = " + number + "; goto kroton_label_" + number + "; }"},
             {"id", number},
             {"failure", "kroton_failure"}};
}
Sub start_words(int id) {
  const std::string number = std::to_string(id);
  return Sub{{"fail", "{ kroton_failure = " + number + "; return kroton_failure; }"},
             {"id", number},
             {"failure", "kroton_failure"}};
}

ModulePlan::ModulePlan(const Variables& inputs, const Variables& outputs,
                       const std::vector<Apply>& order, bool keeps) {
  int cell = 0;
  for (const Variable& x : inputs) add(x, Role::input).cell = cell++;
  for (const Variable& x : outputs) add(x, Role::output).cell = cell++;
  for (const Apply& node : order) {
    nodes.push_back({node, "node_" + std::to_string(nodes.size()), "", "", false, {}, {}, {}});
    for (const Variable& x : node.inputs()) add(x, as<Constant>(x) ? Role::constant : Role::inner);
    for (const Variable& x : node.outputs()) add(x, Role::inner);
  }
  for (ModuleNode& node : nodes) {
    find_code(node);
    if (!node.has_code) find_kernel(node);
  }
  for (ModuleNode& node : nodes) note_uses(node);
  place_variables(keeps);
  list_types_and_ops();
}

ModuleVariable& ModulePlan::add(const Variable& x, Role place) {
  const auto [found, fresh] = number_.try_emplace(x.key(), variables.size());
  if (fresh) {
    ModuleVariable var;
    var.variable = x;
    var.name = "V" + std::to_string(variables.size() + 1);
    var.place = place;
    variables.push_back(std::move(var));
  }
  return variables[found->second];
}
Names ModulePlan::names_of(const Variables& variables, bool literals) {
  Names names;
  for (const Variable& x : variables) {
    const ModuleVariable& v = variable(x);
    names.push_back(literals && !v.literal.empty() ? v.literal : v.name);
  }
  return names;
}

void ModulePlan::find_code(ModuleNode& n) {
  const Op& op = n.node.op();
  const auto say = [&](const Error& error) {
    n.has_code = false;
    if (missing.empty()) missing = error.what();
  };
  try {
    n.params = op.params(n.node);
    if (n.params) add(*n.params, Role::constant);
    for (const Variables* variables : {&n.node.inputs(), &n.node.outputs()}) {
      for (const Variable& x : *variables) prepare(variable(x));
    }
    if (n.params) prepare(variable(*n.params));
    n.has_code = true;
    write_code(n, 0);  // whether there is any; the text is made again with its block's number
  } catch (const MethodNotDefined& error) {
    say(error);
  } catch (const UnsupportedError& error) {
    say(error);
  }
}

// Views are made by perform(), without a copy.
void ModulePlan::find_kernel(ModuleNode& n) {
  const Op& op = n.node.op();
  if (!op.view_map().empty() || op.effect() != Effect::none) return;
  const Apply alone = detached(n.node);
  if (const auto kernel = node_kernel(alone)) n.kernel = usual_layout(*kernel);
}

// Throws MethodNotDefined when the type has no C texts.
void ModulePlan::prepare(ModuleVariable& v) {
  const Type& type = v.variable.type();
  v.boxed = true;
  type.c_declare(v.name, Sub{{"fail", ""}, {"id", ""}, {"failure", ""}});
  v.boxed = false;
  if (v.place != Role::constant || !v.literal.empty()) return;
  try {
    v.literal = type.c_literal(as<Constant>(v.variable)->data());
  } catch (const MethodNotDefined&) {
  }
}

void ModulePlan::write_code(ModuleNode& n, int id) {
  const Op& op = n.node.op();
  const Sub plain = run_words(id);
  const Names in = names_of(n.node.inputs(), true), out = names_of(n.node.outputs(), false);
  Sub sub = plain;
  if (n.params) {
    sub = Sub{{"fail", plain["fail"]},
              {"id", plain["id"]},
              {"failure", plain["failure"]},
              {"params", variable(*n.params).name}};
  }
  n.code = op.c_code(n.node, n.name, in, out, sub);
  n.cleanup = op.c_code_cleanup(n.node, n.name, in, out, sub);
}

void ModulePlan::note_uses(ModuleNode& n) {
  for (const Variable& x : n.node.inputs()) {
    ModuleVariable& v = variable(x);
    (n.has_code ? v.used_by_code : v.used_by_call) = true;
    v.check |= n.node.op().check_input();
  }
  if (n.params) variable(*n.params).used_by_code = true;
  for (const Variable& x : n.node.outputs()) variable(x).made_by_call = !n.has_code;
  for (const AliasMap& map : {n.node.op().view_map(), n.node.op().destroy_map()}) {
    for (const auto& [o, inputs] : map) {
      for (const int i : inputs) {
        variable(n.node.inputs()[static_cast<std::size_t>(i)]).aliased = true;
        variable(n.node.outputs()[static_cast<std::size_t>(o)]).aliased = true;
      }
    }
  }
}

void ModulePlan::place_variables(bool keeps) {
  // What no code touches is seen by its box alone.
  for (ModuleVariable& v : variables) {
    const bool made_by_code =
        v.place != Role::input && v.place != Role::constant && !v.made_by_call;
    if (!v.used_by_code && !made_by_code) v.boxed = true;
    if (keeps && v.place == Role::inner && !v.boxed && made_by_code && !v.used_by_call &&
        !v.aliased && !v.variable.type().c_is_simple())
      v.place = Role::kept;
    if (v.place == Role::constant && v.used_by_code && v.literal.empty()) {
      v.cell = static_cast<int>(constants.size());
      constants.push_back(*as<Constant>(v.variable));
    }
  }
}
void ModulePlan::list_types_and_ops() {
  for (const ModuleVariable& v : variables) {
    if (v.boxed || !(is_in_struct(v) || is_in_run(v) || v.used_by_code)) continue;
    const Type& type = v.variable.type();
    if (std::none_of(types.begin(), types.end(), [&](const Type* t) { return *t == type; }))
      types.push_back(&type);
  }
  for (const ModuleNode& n : nodes) {
    const Op& op = n.node.op();
    if (n.has_code && std::none_of(ops.begin(), ops.end(),
                                   [&](const ModuleNode* known) { return known->node.op() == op; }))
      ops.push_back(&n);
  }
}

jit::Source ModulePlan::settings() {
  jit::Source source;
  Names dirs, without;
  const auto take = [&](const auto& described) {
    add_all(headers, described.c_headers());
    add_all(dirs, described.c_header_dirs());
    add_all(source.libraries, described.c_libraries());
    add_all(source.library_dirs, described.c_lib_dirs());
    add_all(source.flags, described.c_compile_args());
    add_all(without, described.c_no_compile_args());
    if (described.c_language() == CLanguage::cpp) source.language = jit::Language::cpp;
  };
  for (const Type* type : types) {
    take(*type);
    add_version(source, type->text(), type->c_code_cache_version());
  }
  for (const ModuleNode* n : ops) take(n->node.op());
  for (const ModuleNode& n : nodes) {
    if (n.has_code)
      add_version(source, op_title(n.node.op()), n.node.op().c_code_cache_version_apply(n.node));
  }
  describe_family(source);
  std::erase_if(source.flags, [&](const std::string& flag) {
    return std::find(without.begin(), without.end(), flag) != without.end();
  });
  add_folders(dirs, "CPATH");
  add_folders(source.library_dirs, "LIBRARY_PATH");
  add_folders(source.library_dirs, "LD_LIBRARY_PATH");
  for (const std::string& folder : dirs) source.flags.push_back("-I" + folder);
  return source;
}

// What the module is made of, and where its values go.
void ModulePlan::describe_family(jit::Source& source) {
  for (const ModuleVariable& v : variables)
    source.family += v.variable.type().text() + (v.literal.empty() ? "" : " " + v.literal) + "\n";
  for (const ModuleNode& n : nodes) {
    source.family += n.params ? op_title(n.node.op()) : n.node.op().text();
    for (const Variables* list : {&n.node.inputs(), &n.node.outputs()}) {
      for (const Variable& x : *list) source.family += " " + variable(x).name;
    }
    source.family += "\n";
  }
  for (const auto& [text, version] : version_numbers_)
    source.version.insert(source.version.end(), version.begin(), version.end());
}

void ModulePlan::add_version(jit::Source& source, const std::string& who,
                             const CacheVersion& version) {
  if (version.empty()) source.keep = false;
  version_numbers_[who] = version;
  std::string text = "/* version of " + base::replace_all(who, "*/", "* /") + ":";
  for (const int part : version) text += " " + std::to_string(part);
  versions.insert(text + " */");
}

}  // namespace kroton::link::detail
