// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "contract.h"

namespace check_tree {
namespace {

std::string unescape(std::string text) {
  static const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, plain] : entities)
    for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
      text.replace(at, std::string_view(entity).size(), plain);
  return text;
}

std::string attribute(const std::string& element, const std::string& name) {
  const auto key = " " + name + "=\"";
  const auto at = element.find(key);
  if (at == std::string::npos) return "";
  const auto begin = at + key.size();
  return unescape(element.substr(begin, element.find('"', begin) - begin));
}

// GoogleTest prints "file:line: Skipped" and the reason below it.
std::string skip_reason(const std::string& output) {
  std::istringstream lines(unescape(output));
  for (std::string line; std::getline(lines, line);)
    if (ends_with(line, ": Skipped") && std::getline(lines, line) && !line.empty()) return line;
  return "no reason given";
}

// ctest calls a parametrised test Instance/Suite.Name/Value and a typed one Suite/0.Name; a test
// that is not GoogleTest's is known by its source's stem alone.
bool same_test(const std::string& ctest_name, const std::string& test) {
  const auto dot = test.find('.');
  const auto at = ctest_name.find(test);
  if (dot == std::string::npos) return at != std::string::npos;
  if (at != std::string::npos) {
    const auto end = at + test.size();
    return (at == 0 || ctest_name[at - 1] == '/') &&
           (end == ctest_name.size() || ctest_name[end] == '/');
  }
  return starts_with(ctest_name, test.substr(0, dot) + "/") &&
         ends_with(ctest_name, test.substr(dot));
}

struct Row {
  bool passed = false, failed = false;
  std::string skipped_by, reason;
  void add(const TestResult& result) {
    passed |= result.verdict == Verdict::passed;
    failed |= result.verdict == Verdict::failed;
    if (result.verdict == Verdict::skipped) skipped_by = result.name, reason = result.reason;
  }
};

std::string group_of(const std::string& id) { return id.substr(0, id.find('.')); }

// C2.1 C2.2 C2.3 is C2.1-C2.3: neighbours in the contract's order within one section.
std::string ranges(const std::vector<std::string>& rows, const std::set<std::string>& wanted) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (wanted.count(rows[i]) == 0) continue;
    std::size_t last = i;
    while (last + 1 < rows.size() && wanted.count(rows[last + 1]) != 0 &&
           group_of(rows[last + 1]) == group_of(rows[i]))
      ++last;
    text += " " + rows[i] + (last == i ? "" : "-" + rows[last]);
    i = last;
  }
  return text;
}
}  // namespace

std::vector<TestResult> read_results(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be read; run ctest --output-junit " + path);
  std::ostringstream whole;
  whole << in.rdbuf();
  const auto text = whole.str();
  std::vector<TestResult> results;
  for (auto at = text.find("<testcase "); at != std::string::npos;) {
    const auto next = text.find("<testcase ", at + 1);
    const auto element = text.substr(at, next - at);
    const auto status = attribute(element.substr(0, element.find('>')), "status");
    TestResult result{attribute(element, "name"), Verdict::passed, ""};
    if (status == "fail") result.verdict = Verdict::failed;
    if (status == "notrun" || status == "disabled")
      result.verdict = Verdict::skipped, result.reason = skip_reason(element);
    results.push_back(std::move(result));
    at = next;
  }
  return results;
}

std::string coverage_report(const Tree& tree, const std::vector<TestResult>& results) {
  const auto rows = contract_rows(tree);
  const auto ids = ids_in_tests(tree);
  std::map<std::string, Row> seen;
  for (const auto& result : results) {
    std::set<std::string> carried;
    for (const auto& id : contract_ids(result.name)) carried.insert(id);
    for (const auto& id : ids)
      if (same_test(result.name, id.test)) carried.insert(id.id);
    for (const auto& id : carried) seen[id].add(result);
  }
  std::set<std::string> skipped, missing, failed;
  std::string skips;
  for (const auto& id : rows) {
    const auto& row = seen[id];
    if (row.failed) {
      failed.insert(id);
    } else if (!row.passed && !row.skipped_by.empty()) {
      skipped.insert(id);
      skips += "  skipped " + id + ": " + row.reason + " (" + row.skipped_by + ")\n";
    } else if (!row.passed) {
      missing.insert(id);
    }
  }
  std::ostringstream out;
  out << "contract: " << rows.size()
      << " rows: " << rows.size() - skipped.size() - missing.size() - failed.size() << " tested, "
      << skipped.size() << " skipped, " << failed.size() << " failed, " << missing.size()
      << " missing\n"
      << skips;
  if (!failed.empty()) out << "  failed" << ranges(rows, failed) << "\n";
  if (!missing.empty()) out << "  missing" << ranges(rows, missing) << "\n";
  return out.str();
}

}  // namespace check_tree
