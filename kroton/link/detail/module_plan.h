// SPDX-License-Identifier: BSD-3-Clause
// What a module will hold, before any line of it is written: which variables it has and where they
// live, which nodes have C code, and what types and ops ask the compiler for.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kroton/graph/op.h"
#include "kroton/jit/compiler.h"
#include "kroton/kernel/specialise.h"

namespace kroton::link::detail {
enum class Role {
  input,    // run: extract, cleanup
  output,   // run: extract_out, sync and cleanup
  inner,    // run: init, cleanup
  kept,     // struct: init, cleanup; its storage stays from run to run
  constant  // struct: extract, cleanup
};

struct ModuleVariable {
  Variable variable;
  std::string name, literal;
  Role place = Role::inner;
  bool boxed = false;  // its type has no C texts: it is value_NAME alone
  bool check = false;  // some op wants its value checked
  bool used_by_call = false, used_by_code = false, made_by_call = false, aliased = false;
  int cell = -1;
};

struct ModuleNode {
  Apply node;
  std::string name, code, cleanup;
  bool has_code = false;
  std::optional<Constant> params;
  std::optional<kernel::Specialised> kernel;  // of a node without C code
  std::vector<std::string> entries = {};      // its functions
};

// The op's class alone: ops that differ in params() shall give one text.
std::string op_title(const Op& op);
// The words for a block of the run, whose failures jump to its label, and for one of the start.
Sub run_words(int id);
Sub start_words(int id);

class ModulePlan {
 public:
  // KEEPS: arrays between nodes may keep their memory from run to run.
  ModulePlan(const Variables& inputs, const Variables& outputs, const std::vector<Apply>& order,
             bool keeps);

  ModuleVariable& variable(const Variable& x) { return variables[number_.at(x.key())]; }
  // Makes the node's texts, for the block of that number.
  void write_code(ModuleNode& node, int id);
  static bool is_in_struct(const ModuleVariable& v) {
    return v.place == Role::kept || (v.place == Role::constant && v.cell >= 0);
  }
  static bool is_in_run(const ModuleVariable& v) {
    if (v.place == Role::input) return v.used_by_code || v.used_by_call;
    return v.place == Role::output || v.place == Role::inner;
  }
  // Flags, libraries, language; whether the module may be kept on disk.
  jit::Source settings();

  std::vector<ModuleVariable> variables;
  std::vector<ModuleNode> nodes;
  std::vector<Constant> constants;     // cells of the start
  std::vector<const Type*> types;      // with C texts in the module, each once
  std::vector<const ModuleNode*> ops;  // the first node of each op with C code
  std::string missing;                 // why the first node without C code has none
  Names headers;
  std::set<std::string> versions;  // as comments

 private:
  ModuleVariable& add(const Variable& x, Role place);
  Names names_of(const Variables& list, bool literals);
  void find_code(ModuleNode& n);
  static void find_kernel(ModuleNode& n);
  void prepare(ModuleVariable& v);
  void note_uses(ModuleNode& n);
  void place_variables(bool keeps);
  void list_types_and_ops();
  void describe_family(jit::Source& source);
  void add_version(jit::Source& source, const std::string& who, const CacheVersion& version);
  std::unordered_map<const void*, std::size_t> number_;
  std::map<std::string, CacheVersion> version_numbers_;
};
}  // namespace kroton::link::detail
