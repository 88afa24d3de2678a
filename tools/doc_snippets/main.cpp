// SPDX-License-Identifier: BSD-3-Clause
// doc_snippets PAGE.md OUT.cpp: turns the ```cpp blocks of a page into one program that runs them
// in order.
// - A block is the body of a function, or a whole program when it says `int main() {`.
// - ```cpp continued goes on where the block before it stopped.
// - A ```text block right after a cpp block is what that block prints, compared exactly.
// Compiler messages point into the page itself.
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Snippet {
  std::size_t line = 0;  // of the page, where the code begins
  std::string code;
  std::string expected;
  bool has_expected = false;
};

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

class Page {
 public:
  explicit Page(const std::string& path) : path_(path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error(path + " cannot be read");
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  std::vector<Snippet> snippets() {
    bool after_code = false;  // nothing but blank lines since the last cpp block
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const auto& line = lines_[i];
      if (line == "```cpp" || line == "```cpp continued") {
        read_code(i, line != "```cpp");
        after_code = true;
      } else if (line.rfind("```", 0) == 0) {
        const auto text = block(i);
        if (line == "```text" && after_code)
          snippets_.back().expected += text, snippets_.back().has_expected = true;
        after_code = false;
      } else if (!is_blank(line)) {
        after_code = false;
      }
    }
    return snippets_;
  }

 private:
  void read_code(std::size_t& i, bool continued) {
    const auto begin = i + 2;  // lines count from 1, and the fence is one
    if (continued && snippets_.empty())
      throw std::runtime_error(where(i) + "continues a block that is not there");
    if (!continued) snippets_.push_back({begin, "", "", false});
    snippets_.back().code += "#line " + std::to_string(begin) + " \"" + path_ + "\"\n" + block(i);
  }

  // The text up to the closing fence; i is left on that fence.
  std::string block(std::size_t& i) {
    const auto open = i;
    std::string text;
    for (++i; i < lines_.size() && lines_[i] != "```"; ++i) text += lines_[i] + "\n";
    if (i == lines_.size()) throw std::runtime_error(where(open) + "the block is not closed");
    return text;
  }

  std::string where(std::size_t i) const { return path_ + ":" + std::to_string(i + 1) + ": "; }

  std::string path_;
  std::vector<std::string> lines_;
  std::vector<Snippet> snippets_;
};

// Takes the #include lines out of the code, leaving its line numbers as they are.
std::string lift_includes(std::string& code) {
  std::istringstream in(code);
  std::string includes, rest;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("#include", 0) == 0) {
      includes += line + "\n";
      rest += "\n";
    } else {
      rest += line + "\n";
    }
  }
  code = rest;
  return includes;
}

void write_program(std::ostream& out, std::vector<Snippet> snippets, const std::string& page) {
  out << "#include <kroton/kroton.h>\n#include <cstdio>\n#include <exception>\n#include "
         "<iostream>\n#include <sstream>\n"
         "#include <string>\n";
  for (auto& snippet : snippets) out << lift_includes(snippet.code);
  for (std::size_t i = 0; i < snippets.size(); ++i) {
    auto code = snippets[i].code;
    const std::string program = "int main() {";
    const auto at = code.find(program);
    if (at != std::string::npos) code.replace(at, program.size(), "void run() {");
    out << "\nnamespace snippet_" << i << " {\nusing namespace kroton;\n"
        << (at == std::string::npos ? "void run() {\n" : "") << code
        << (at == std::string::npos ? "}\n" : "") << "}\n";
  }
  out << R"(
static int check(const char* where, void (*run)(), const char* expected) {
  std::ostringstream printed;
  auto* const terminal = std::cout.rdbuf(printed.rdbuf());
  std::string failure;
  try {
    run();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  std::cout.rdbuf(terminal);
  if (failure.empty() && (expected == nullptr || printed.str() == expected)) return 0;
  std::printf("%s:\n", where);
  if (!failure.empty()) std::printf("threw: %s\n", failure.c_str());
  if (expected != nullptr) std::printf("--- the page says\n%s", expected);
  std::printf("--- it printed\n%s", printed.str().c_str());
  return 1;
}

int main() {
  int failures = 0;
)";
  for (std::size_t i = 0; i < snippets.size(); ++i) {
    out << "  failures += check(\"" << page << ":" << snippets[i].line << "\", snippet_" << i
        << "::run, ";
    out << (snippets[i].has_expected ? "R\"text(" + snippets[i].expected + ")text\"" : "nullptr")
        << ");\n";
  }
  out << "  return failures == 0 ? 0 : 1;\n}\n";
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: doc_snippets PAGE.md OUT.cpp\n", stderr);
    return 2;
  }
  try {
    const auto snippets = Page(argv[1]).snippets();
    if (snippets.empty()) throw std::runtime_error(std::string(argv[1]) + " has no ```cpp block");
    std::ofstream out(argv[2]);
    write_program(out, snippets, argv[1]);
    if (!out) throw std::runtime_error(std::string(argv[2]) + " cannot be written");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "doc_snippets: %s\n", error.what());
    return 1;
  }
}
