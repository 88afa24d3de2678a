// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/module_text.h"

#include <set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/kernel/print.h"
#include "kroton/link/detail/module_plan.h"
#include "kroton/link/detail/module_writer.h"
#include "kroton/link/module_header.h"

namespace kroton::link {
namespace {
using detail::ModulePlan, detail::op_title, detail::Role, detail::run_words, detail::start_words;
using detail::Writer;
using Var = detail::ModuleVariable;
using Node = detail::ModuleNode;

class Assembler {
 public:
  Assembler(const Variables& inputs, const Variables& outputs, ModulePlan plan, bool timed)
      : plan_(std::move(plan)), timed_(timed), writer_(result_.parts) {
    result_.inputs = inputs;
    result_.outputs = outputs;
    result_.source = plan_.settings();
    result_.constants = plan_.constants;
  }

  ModuleText run() {
    write_head();
    write_struct();
    write_load();
    write_start();
    write_stop();
    write_run();
    finish();
    return std::move(result_);
  }

 private:
  int task(ModuleTask task) {
    result_.tasks.push_back(std::move(task));
    return static_cast<int>(result_.tasks.size());
  }
  // ---- the text
  void write_head() {
    writer_.ours("#line 1 \"kroton/module.h\"\n" + std::string(module_header()));
    writer_.resume();
    write_kernels();
    for (const std::string& version : plan_.versions) writer_.ours(version);
    std::string includes;
    for (const std::string& header : plan_.headers) {
      const bool quoted = header.starts_with('<') || header.starts_with('"');
      includes += "#include " + (quoted ? header : '"' + header + '"') + "\n";
    }
    writer_.theirs("c_headers", includes, -1);
    for (const Type* type : plan_.types)
      once("c_support_code of " + type->text(), type->c_support_code(), -1);
    for (const Node* n : plan_.ops)
      once("c_support_code of " + op_title(n->node.op()), n->node.op().c_support_code(),
           place_of(n));
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Node& n = plan_.nodes[i];
      if (!n.has_code) continue;
      writer_.theirs("c_support_code_apply of " + op_title(n.node.op()),
                     n.node.op().c_support_code_apply(n.node, n.name), static_cast<int>(i));
    }
  }
  // The loops of nodes that have a kernel and no C code, before any of the users' macros. Their
  // text is C alone.
  void write_kernels() {
    if (result_.source.language == jit::Language::cpp) return;
    std::vector<std::pair<const kernel::Specialised*, std::string>> kernels;
    for (Node& n : plan_.nodes) {
      if (n.kernel) kernels.emplace_back(&*n.kernel, "kroton_kernel_of_" + n.name);
    }
    if (kernels.empty()) return;
    kernel::PrintedTogether printed = kernel::print_c(kernels);
    writer_.ours(printed.text);
    auto entries = printed.entries.begin();
    for (Node& n : plan_.nodes) {
      if (n.kernel) n.entries = std::move(*entries++);
    }
  }
  // Equal texts of several types or ops come once.
  void once(const std::string& what, const std::string& text, int node) {
    if (written_.insert(text).second) writer_.theirs(what, text, node);
  }
  int place_of(const Node* n) const { return static_cast<int>(n - plan_.nodes.data()); }

  std::string declare(const Var& v, bool is_member) {
    std::string text = "kroton_value* value_" + v.name + (is_member ? ";\n" : " = NULL;\n");
    const Sub sub{{"fail", ""}, {"id", "0"}, {"failure", "kroton_failure"}};
    if (!v.boxed) text += v.variable.type().c_declare(v.name, sub, checks(v)) + "\n";
    return text;
  }
  bool checks(const Var& v) const { return v.check && base::config().check_input(); }

  void write_struct() {
    std::string members = "int kroton_begun;\nkroton_host* kroton_the_host;\n", macros;
    const auto add_member = [&](const std::string& text, const std::string& name) {
      members += text;
      for (const std::string& word : detail::identifiers_with(text, name))
        macros += "#define " + word + " (kroton_self->" + word + ")\n";
    };
    for (const Var& v : plan_.variables) {
      if (ModulePlan::is_in_struct(v)) add_member(declare(v, true), v.name);
    }
    for (const Node& n : plan_.nodes) {
      if (n.has_code) {
        const std::string text = n.node.op().c_support_code_struct(n.node, n.name);
        if (!text.empty()) add_member(text + "\n", n.name);
      }
    }
    if (result_.source.language == jit::Language::cpp) {
      members +=
          "static void* operator new(size_t, void* kroton_memory) { return kroton_memory; }\n"
          "static void operator delete(void*, void*) {}\n";
    }
    writer_.ours("struct kroton_module {\n" + members + "};\n" + macros);
    const char* head = "size_t kroton_module_size(void)";
    writer_.ours(exported(head) + ";\n" + exported(head) +
                 " { return sizeof(struct kroton_module); }");
  }
  std::string exported(const char* declaration) const {
    return (result_.source.language == jit::Language::cpp ? "extern \"C\" " : "") +
           std::string(declaration);
  }

  void write_load() {
    writer_.ours(exported("int kroton_module_load(void);\n") +
                 exported("int kroton_module_load(void) {\n") +
                 "static int done = 0;\nif (done) return 0;\ndone = 1;");
    written_.clear();
    for (const Type* type : plan_.types) {
      for (const std::string& code : type->c_init_code())
        once("c_init_code of " + type->text(), code, -1);
    }
    for (const Node* n : plan_.ops) {
      for (const std::string& code : n->node.op().c_init_code())
        once("c_init_code of " + op_title(n->node.op()), code, place_of(n));
    }
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Node& n = plan_.nodes[i];
      if (!n.has_code) continue;
      for (const std::string& code : n.node.op().c_init_code_apply(n.node, n.name))
        writer_.theirs("c_init_code_apply of " + op_title(n.node.op()), code, static_cast<int>(i));
    }
    writer_.ours("return kroton_error_is_set();\n}");
  }

  // Blocks of the struct, in the order of their beginning.
  struct Begun {
    int variable = -1, node = -1;
  };

  void write_start() {
    const bool cpp = result_.source.language == jit::Language::cpp;
    const std::string head =
        "int kroton_module_start(void* kroton_memory, kroton_host* kroton_the_host_, kroton_value* "
        "const* kroton_constants)";
    writer_.ours(
        exported(head.c_str()) + ";\n" + exported(head.c_str()) + " {\n" +
        "int kroton_failure = 0;\n"
        "struct kroton_module* const kroton_self = " +
        (cpp ? "new (kroton_memory) kroton_module();" : "(struct kroton_module*)kroton_memory;") +
        "\nkroton_self->kroton_begun = 0;\n"
        "kroton_self->kroton_the_host = kroton_the_host_;\n(void)kroton_constants;");
    for (std::size_t i = 0; i < plan_.variables.size(); ++i) {
      if (ModulePlan::is_in_struct(plan_.variables[i]))
        start_variable(plan_.variables[i], static_cast<int>(i));
    }
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const Node& n = plan_.nodes[i];
      if (!n.has_code) continue;
      const Op& op = n.node.op();
      const int id = task({{}, static_cast<int>(i), "c_init_code_struct of " + op_title(op)});
      const std::string text = op.c_init_code_struct(n.node, n.name, start_words(id));
      if (text.empty() && op.c_cleanup_code_struct(n.node, n.name).empty()) continue;
      begin({-1, static_cast<int>(i)});
      writer_.block(result_.tasks.back().what, text, static_cast<int>(i));
    }
    writer_.ours("return kroton_failure;\n}");
  }
  void begin(Begun block) {
    begun_.push_back(block);
    writer_.ours("kroton_self->kroton_begun = " + std::to_string(begun_.size()) + ";");
  }
  void start_variable(const Var& v, int index) {
    const Type& type = v.variable.type();
    const int id = task({v.variable, -1, "c_extract of " + type.text()});
    const Sub sub = start_words(id);
    begin({index, -1});
    writer_.ours("value_" + v.name + " = NULL;");
    writer_.block("c_init of " + type.text(), type.c_init(v.name, sub), -1);
    if (v.place != Role::constant) return;
    writer_.ours("value_" + v.name + " = kroton_constants[" + std::to_string(v.cell) +
                 "];\nkroton_retain(value_" + v.name + ");");
    writer_.block(result_.tasks.back().what, type.c_extract(v.name, sub, checks(v)), -1);
  }

  void write_stop() {
    const bool cpp = result_.source.language == jit::Language::cpp;
    const char* head = "void kroton_module_stop(void* kroton_memory)";
    writer_.ours(exported(head) + ";\n" + exported(head) + " {\n" +
                 "int kroton_failure = 0;\n"
                 "struct kroton_module* const kroton_self = (struct kroton_module*)kroton_memory;\n"
                 "(void)kroton_failure;\n(void)kroton_self;");
    for (std::size_t b = begun_.size(); b-- > 0;) {
      const auto [variable, node] = begun_[b];
      writer_.ours("if (kroton_self->kroton_begun > " + std::to_string(b) + ") {");
      if (variable >= 0) {
        const Var& v = plan_.variables[static_cast<std::size_t>(variable)];
        const Type& type = v.variable.type();
        writer_.block("c_cleanup of " + type.text(), type.c_cleanup(v.name, start_words(0)), -1);
        writer_.ours("kroton_release(value_" + v.name + ");");
      } else {
        const Node& n = plan_.nodes[static_cast<std::size_t>(node)];
        writer_.block("c_cleanup_code_struct of " + op_title(n.node.op()),
                      n.node.op().c_cleanup_code_struct(n.node, n.name), node);
      }
      writer_.ours("}");
    }
    writer_.ours(std::string(cpp ? "kroton_self->~kroton_module();\n" : "") + "}");
  }

  // ---- one run
  struct Open {
    int id;
    bool scoped;
    int variable, node;
  };

  void write_run() {
    const char* head = "int kroton_module_run(void* kroton_memory, kroton_value** kroton_cells)";
    writer_.ours(exported(head) + ";\n" + exported(head) + " {\n" +
                 "struct kroton_module* const kroton_self = (struct kroton_module*)kroton_memory;\n"
                 "int kroton_failure = 0;\n(void)kroton_self;\n(void)kroton_cells;");
    for (const Var& v : plan_.variables) {
      if (ModulePlan::is_in_run(v))
        writer_.block_free("c_declare of " + v.variable.type().text(), declare(v, false), -1);
    }
    std::vector<Open> open;
    for (std::size_t i = 0; i < plan_.variables.size(); ++i) {
      if (ModulePlan::is_in_run(plan_.variables[i]))
        open.push_back(begin_variable(plan_.variables[i], static_cast<int>(i)));
    }
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const int node = static_cast<int>(i);
      write_clock(node, 0);
      open.push_back(begin_node(plan_.nodes[i], node));
      write_clock(node, 1);
      write_count(node, open.back().id);
    }
    for (std::size_t b = open.size(); b-- > 0;) end_block(open[b]);
    writer_.ours("return kroton_failure;\n}");
  }

  Open begin_variable(const Var& v, int index) {
    const Type& type = v.variable.type();
    const std::string box = "value_" + v.name;
    const std::string cell = "kroton_cells[" + std::to_string(v.cell) + "]";
    // An earlier value is of use where C code makes the output; its cell's reference moves here, so
    // that the array's memory has one holder.
    const bool again = v.place == Role::output && !v.made_by_call;
    const char* method = v.place == Role::input ? "c_extract"
                         : again                ? "c_extract_out or c_sync"
                                                : "c_init";
    const int id = task({v.variable, -1, method + (" of " + type.text())});
    const Sub sub = run_words(id);
    if (v.place == Role::input) writer_.ours(box + " = " + cell + ";\nkroton_retain(" + box + ");");
    if (again) writer_.ours(box + " = " + cell + ";\n" + cell + " = NULL;");
    if (!v.boxed) {
      // First, so that the cleanup of an extraction that fails finds something.
      writer_.block("c_init of " + type.text(), type.c_init(v.name, sub), -1);
      if (v.place == Role::input)
        writer_.block(result_.tasks.back().what, type.c_extract(v.name, sub, checks(v)), -1);
      if (again)
        writer_.block(result_.tasks.back().what, type.c_extract_out(v.name, sub, checks(v)), -1);
    }
    return {id, false, index, -1};
  }

  void write_clock(int node, int is_end) {
    if (timed_)
      writer_.ours("kroton_time_node(kroton_self->kroton_the_host, " + std::to_string(node) + ", " +
                   std::to_string(is_end) + ");");
  }
  void write_count(int node, int id) {
    if (!timed_) return;
    const Apply& apply = plan_.nodes[static_cast<std::size_t>(node)].node;
    Variables values = apply.inputs();
    values.insert(values.end(), apply.outputs().begin(), apply.outputs().end());
    write_values("kroton_count_node", node, values, run_words(id), false);
  }
  // Gives VALUES of a node as boxes to FUNCTION. NUMBERS: those that the C code holds as such, too.
  void write_values(const std::string& function, int node, const Variables& values, const Sub& sub,
                    bool numbers) {
    std::string list;
    std::set<const void*> synchronised;
    for (const Variable& x : values) {
      const Var& v = plan_.variable(x);
      const bool is_boxed = v.place == Role::input || v.boxed || v.made_by_call;
      bool is_known = v.place != Role::constant;
      if (is_known && !is_boxed) {
        is_known = numbers || !x.type().c_is_simple();
        if (is_known && synchronised.insert(x.key()).second) is_known = write_sync(v, sub);
      }
      list += (list.empty() ? "" : ", ") + (is_known ? "value_" + v.name : "NULL");
    }
    writer_.ours("{ kroton_value* const kroton_values[] = {" + (list.empty() ? "NULL" : list) +
                 "};\n" + function + "(kroton_self->kroton_the_host, " + std::to_string(node) +
                 ", " + std::to_string(values.size()) + ", kroton_values); }");
  }
  // False for a type whose values never leave C code.
  bool write_sync(const Var& v, const Sub& sub) {
    const Type& type = v.variable.type();
    try {
      writer_.block("c_sync of " + type.text(), type.c_sync(v.name, sub), -1);
      return true;
    } catch (const MethodNotDefined&) {
      return false;
    }
  }
  // Behind the label of a node that failed: its inputs, for the error. A synchronisation that fails
  // leaves them out.
  void write_failure(int node, int id) {
    const Node& n = plan_.nodes[static_cast<std::size_t>(node)];
    const std::string number = std::to_string(id), shown = "kroton_shown_" + number;
    if (n.code.find("kroton_label_" + number + ";") == std::string::npos) return;
    writer_.ours("if (kroton_failure == " + number +
                 ") {\nkroton_failed_node(kroton_self->kroton_the_host, " + std::to_string(node) +
                 ", 0, NULL);");
    const Sub sub{
        {"fail", "{ goto " + shown + "; }"}, {"id", number}, {"failure", "kroton_failure"}};
    write_values("kroton_failed_node", node, n.node.inputs(), sub, true);
    writer_.ours(shown + ": __attribute__((unused));");
    std::set<const void*> emptied;
    for (const Variable& x : n.node.inputs()) {
      const Var& v = plan_.variable(x);
      if (v.place != Role::kept || !emptied.insert(x.key()).second) continue;
      writer_.block("c_cleanup of " + x.type().text(), x.type().c_cleanup(v.name, sub), -1);
      writer_.ours("kroton_release(value_" + v.name + ");\nvalue_" + v.name + " = NULL;");
      writer_.block("c_init of " + x.type().text(), x.type().c_init(v.name, sub), -1);
    }
    writer_.ours("}");
  }
  Open begin_node(Node& n, int index) {
    const Op& op = n.node.op();
    const int id = task({{}, index, "c_code of " + op_title(op)});
    if (!n.has_code) {
      write_call(n, index, id);
      return {id, false, -1, index};
    }
    plan_.write_code(n, id);
    if (n.cleanup.empty()) {
      writer_.block(result_.tasks.back().what, n.code, index);
      return {id, false, -1, index};
    }
    writer_.ours("{");
    writer_.block_free(result_.tasks.back().what, n.code, index);
    return {id, true, -1, index};
  }

  void end_block(const Open& open) {
    const std::string id = std::to_string(open.id);
    writer_.ours("kroton_label_" + id + ": __attribute__((unused));");
    if (open.node >= 0) write_failure(open.node, open.id);
    if (open.variable >= 0) {
      end_variable(plan_.variables[static_cast<std::size_t>(open.variable)], open.id);
    } else if (open.scoped) {
      const Node& n = plan_.nodes[static_cast<std::size_t>(open.node)];
      writer_.block("c_code_cleanup of " + op_title(n.node.op()), n.cleanup, open.node);
      writer_.ours("}");
    }
  }

  void end_variable(const Var& v, int id) {
    const Type& type = v.variable.type();
    const Sub sub = run_words(id);
    if (v.place == Role::output) {
      writer_.ours("if (!kroton_failure) {");
      if (!v.boxed && !v.made_by_call)
        writer_.block("c_sync of " + type.text(), type.c_sync(v.name, sub), -1);
      const std::string cell = "kroton_cells[" + std::to_string(v.cell) + "]";
      writer_.ours("kroton_release(" + cell + ");\n" + cell + " = value_" + v.name +
                   ";\nkroton_retain(" + cell + ");\n}");
    }
    if (!v.boxed) writer_.block("c_cleanup of " + type.text(), type.c_cleanup(v.name, sub), -1);
    writer_.ours("kroton_release(value_" + v.name + ");");
  }

  // A call of the C++ body, between boxes.
  void write_call(const Node& n, int index, int id) {
    const Sub sub = run_words(id);
    const std::string call = std::to_string(result_.calls.size());
    ModuleCall& made = result_.calls.emplace_back();
    made.node = index;
    made.entries = n.entries;
    if (!made.entries.empty()) made.key = n.kernel->key;
    const auto& in = n.node.inputs();
    const auto& out = n.node.outputs();
    writer_.ours("{ /* " + base::replace_all(op_title(n.node.op()), "*/", "* /") + " */");
    std::string list, fresh;
    for (const Variable& x : in) {
      const Var& v = plan_.variable(x);
      if (!v.boxed && !v.made_by_call && (v.place == Role::inner || v.place == Role::output))
        writer_.block("c_sync of " + x.type().text(), x.type().c_sync(v.name, sub), -1);
      // The host has the constants.
      list += (list.empty() ? "" : ", ") + (v.place == Role::constant ? "NULL" : "value_" + v.name);
    }
    if (in.empty()) list = "NULL";
    for (std::size_t o = 0; o < out.size(); ++o) fresh += o == 0 ? "NULL" : ", NULL";
    writer_.ours("kroton_value* const kroton_in[] = {" + list +
                 "};\nkroton_value* kroton_out[] = {" + fresh +
                 "};\nif (kroton_call_node(kroton_self->kroton_the_host, " + call + ", " +
                 std::to_string(in.size()) + ", kroton_in, " + std::to_string(out.size()) +
                 ", kroton_out)) " + sub["fail"]);
    for (std::size_t o = 0; o < out.size(); ++o) {
      const Var& v = plan_.variable(out[o]);
      writer_.ours("kroton_release(value_" + v.name + ");\nvalue_" + v.name + " = kroton_out[" +
                   std::to_string(o) + "];");
    }
    for (const Variable& x : out) {
      const Var& v = plan_.variable(x);
      if (v.boxed) continue;
      writer_.block("c_cleanup of " + x.type().text(), x.type().c_cleanup(v.name, sub), -1);
      writer_.block("c_init of " + x.type().text(), x.type().c_init(v.name, sub), -1);
      writer_.block("c_extract of " + x.type().text(), x.type().c_extract(v.name, sub, checks(v)),
                    -1);
    }
    writer_.ours("}");
  }

  void finish() {
    jit::Source& source = result_.source;
    source.text = writer_.text();
    source.symbols = {"kroton_module_load", "kroton_module_start", "kroton_module_run",
                      "kroton_module_stop", "kroton_module_size"};
    for (const ModuleCall& call : result_.calls)
      source.symbols.insert(source.symbols.end(), call.entries.begin(), call.entries.end());
    source.label = plan_.nodes.size() == 1 ? op_title(plan_.nodes[0].node.op()) : "C module";
  }

  ModulePlan plan_;
  bool timed_;
  ModuleText result_;
  Writer writer_;
  std::vector<Begun> begun_;
  std::set<std::string> written_;
};
}  // namespace

std::optional<ModuleText> module_text(const Variables& inputs, const Variables& outputs,
                                      const std::vector<Apply>& order, bool allow_calls,
                                      std::string* why_not, bool timed) {
  // Who counts bytes reads arrays between nodes as boxes, which hold them.
  ModulePlan plan(inputs, outputs, order, !timed);
  if (!allow_calls && !plan.missing.empty()) {
    if (why_not) *why_not = plan.missing;
    return std::nullopt;
  }
  return Assembler(inputs, outputs, std::move(plan), timed).run();
}
}  // namespace kroton::link
