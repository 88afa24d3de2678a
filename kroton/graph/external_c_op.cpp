// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/external_c_op.h"

#include <algorithm>
#include <array>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/hash.h"
#include "kroton/base/text.h"

namespace kroton::inline graph {
namespace {
constexpr std::array section_names{
    "support_code",    "support_code_apply", "support_code_struct", "init_code",
    "init_code_apply", "init_code_struct",   "cleanup_code_struct", "code",
    "code_cleanup"};

// Macros around a text: defined before it, undefined behind it.
class Macros {
 public:
  void add(const std::string& name, const std::string& value) {
    const std::string plain = name.substr(0, name.find('('));
    define_ += "#define " + name + " " + base::replace_all(value, "\n", " ") + "\n";
    undefine_ += "#undef " + plain + "\n";
  }
  std::string around(const std::string& text) const {
    return text.empty() ? "" : define_ + text + "\n" + undefine_;
  }

 private:
  std::string define_, undefine_;
};

void add_variables(Macros& macros, const std::string& kind, const Variables& variables) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Type& type = variables[i].type();
    if (!type.is_array()) continue;
    const std::string ending = "_" + kind + "_" + std::to_string(i);
    macros.add("DTYPE" + ending, dtype_info(type.dtype()).c_name);
    macros.add("TYPENUM" + ending, std::to_string(type_number(type.dtype())));
    macros.add("ITEMSIZE" + ending, std::to_string(itemsize(type.dtype())));
  }
}
Macros node_macros(const Apply& node, std::string_view name) {
  Macros macros;
  add_variables(macros, "INPUT", node.inputs());
  add_variables(macros, "OUTPUT", node.outputs());
  macros.add("APPLY_SPECIFIC(word)", "word##_" + std::string(name));
  return macros;
}
void add_sub(Macros& macros, const Sub& sub) {
  macros.add("FAIL", sub["fail"]);
  if (sub.contains("params")) macros.add("PARAMS", sub["params"]);
}
void add_names(Macros& macros, const Names& inames, const Names& onames) {
  for (std::size_t i = 0; i < inames.size(); ++i)
    macros.add("INPUT_" + std::to_string(i), inames[i]);
  for (std::size_t i = 0; i < onames.size(); ++i)
    macros.add("OUTPUT_" + std::to_string(i), onames[i]);
}
}  // namespace

ExternalCOp::ExternalCOp(std::vector<std::string> files, std::string function)
    : function_(std::move(function)) {
  for (const std::string& file : files) read(file);
  if (function_.empty() && !sections_.contains("code")) {
    throw ValueError("ExternalCOp: " + base::join(files, ", ") +
                     " has no section code and no function is named; give one of them");
  }
}

void ExternalCOp::read(const std::string& file) {
  const auto text = base::try_read_file(file);
  if (!text) {
    throw ValueError("ExternalCOp: " + base::quote(file) +
                     " cannot be read; give the path of a file with sections");
  }
  std::string* current = nullptr;
  int number = 0;
  for (const std::string_view line : base::split(*text, '\n')) {
    ++number;
    const std::string_view trimmed = base::trim(line);
    if (trimmed.starts_with("#section")) {
      const std::string name(base::trim(trimmed.substr(8)));
      if (std::find(section_names.begin(), section_names.end(), name) == section_names.end()) {
        throw ValueError("ExternalCOp: " + file + ":" + std::to_string(number) +
                         ": there is no section " + base::quote(name) + "; there are " +
                         base::join(section_names, ", "));
      }
      current = &sections_[name];
      // Diagnostics speak of the file and its lines.
      *current += "#line " + std::to_string(number + 1) + " \"" + file + "\"\n";
    } else if (current) {
      *current += std::string(line) + "\n";
    } else if (!trimmed.empty() && !trimmed.starts_with("//") && !trimmed.starts_with("/*") &&
               !trimmed.starts_with("*")) {
      throw ValueError("ExternalCOp: " + file + ":" + std::to_string(number) +
                       ": text before the first section; begin with a line '#section NAME'");
    }
  }
}

std::string ExternalCOp::section(const std::string& name) const {
  const auto found = sections_.find(name);
  return found == sections_.end() ? "" : found->second;
}

std::string ExternalCOp::c_code(const Apply& node, std::string_view name, const Names& inames,
                                const Names& onames, const Sub& sub) const {
  Macros macros = node_macros(node, name);
  add_names(macros, inames, onames);
  add_sub(macros, sub);
  if (function_.empty()) return macros.around(section("code"));
  Names arguments = inames;
  for (const std::string& output : onames) arguments.push_back("&" + output);
  if (sub.contains("params")) arguments.push_back(sub["params"]);
  const std::string call = function_ + "(" + base::join(arguments, ", ") + ")";
  return macros.around(section("code") + "\nif (" + call + ") " + sub["fail"]);
}
std::string ExternalCOp::c_code_cleanup(const Apply& node, std::string_view name,
                                        const Names& inames, const Names& onames,
                                        const Sub& sub) const {
  Macros macros = node_macros(node, name);
  add_names(macros, inames, onames);
  add_sub(macros, sub);
  return macros.around(section("code_cleanup"));
}
std::string ExternalCOp::c_support_code() const { return section("support_code"); }
std::string ExternalCOp::c_support_code_apply(const Apply& node, std::string_view name) const {
  return node_macros(node, name).around(section("support_code_apply"));
}
std::string ExternalCOp::c_support_code_struct(const Apply&, std::string_view name) const {
  // Written out, since members are found by the node's name in them.
  std::string text = section("support_code_struct");
  constexpr std::string_view macro = "APPLY_SPECIFIC(";
  for (std::size_t at = 0; (at = text.find(macro, at)) != std::string::npos;) {
    const std::size_t begin = at + macro.size(), end = text.find(')', begin);
    if (end == std::string::npos) break;
    const std::string word(base::trim(std::string_view(text).substr(begin, end - begin)));
    text.replace(at, end + 1 - at, word + "_" + std::string(name));
  }
  return text;
}
std::string ExternalCOp::c_init_code_struct(const Apply& node, std::string_view name,
                                            const Sub& sub) const {
  Macros macros = node_macros(node, name);
  add_sub(macros, sub);
  return macros.around(section("init_code_struct"));
}
std::string ExternalCOp::c_cleanup_code_struct(const Apply& node, std::string_view name) const {
  return node_macros(node, name).around(section("cleanup_code_struct"));
}
Names ExternalCOp::c_init_code() const {
  return sections_.contains("init_code") ? Names{section("init_code")} : Names{};
}
Names ExternalCOp::c_init_code_apply(const Apply& node, std::string_view name) const {
  const std::string text = node_macros(node, name).around(section("init_code_apply"));
  return text.empty() ? Names{} : Names{text};
}
CacheVersion ExternalCOp::c_code_cache_version() const {
  std::string all = function_;
  for (const auto& [name, text] : sections_) all += name + "\n" + text;
  const std::string digest = base::to_hex(base::hash128(all)).substr(0, 7);
  return {1, static_cast<int>(std::stoul(digest, nullptr, 16))};
}
}  // namespace kroton::inline graph
