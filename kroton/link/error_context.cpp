// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/error_context.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <typeinfo>
#include <unordered_set>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/op.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::link {
namespace {
constexpr std::string_view mark = "\n  at node ";

template <class E>
void rethrow_if(const std::exception& error, const std::string& text) {
  if (dynamic_cast<const E*>(&error)) throw E(text);
}

}  // namespace

std::string value_text(const Value& value) {
  if (!value.is_array()) return value.text();
  const NDArray& array = value.as<NDArray>();
  std::string text =
      name(array.dtype()) + ", shape " + shape_text(array.shape_data(), array.ndim());
  if (array.ndim() > 0) text += ", strides " + shape_text(array.strides_data(), array.ndim());
  if (array.size() <= 6 || base::config().exception_verbosity() == "high") {
    std::ostringstream out;
    out << array;
    std::string shown = out.str();
    for (char& c : shown) {
      if (c == '\n') c = ' ';
    }
    if (shown.size() <= 1000) text += ", value " + shown;
  }
  return text;
}

std::string line_text(const std::source_location& line) {
  return line.line() == 0 ? "" : std::string(line.file_name()) + ":" + std::to_string(line.line());
}

void rethrow_with(const std::function<std::string()>& context) {
  try {
    throw;
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    const bool ours =
        dynamic_cast<const Error*>(&error) || typeid(error) == typeid(std::runtime_error);
    if (!ours || what.find(mark) != std::string_view::npos) throw;
    const std::string text = std::string(what) + context();
    rethrow_if<ContextNotDefined>(error, text);
    rethrow_if<TypeError>(error, text);
    rethrow_if<ValueError>(error, text);
    rethrow_if<ShapeError>(error, text);
    rethrow_if<GradientError>(error, text);
    rethrow_if<MethodNotDefined>(error, text);
    rethrow_if<CompileError>(error, text);
    rethrow_if<DeviceError>(error, text);
    rethrow_if<CommunicationError>(error, text);
    rethrow_if<UnsupportedError>(error, text);
    rethrow_if<InternalError>(error, text);
    throw Error(text);
  }
}

namespace {
std::string lines_text(const std::vector<std::source_location>& lines) {
  std::string text;
  std::vector<std::string> seen;
  for (const std::source_location& line : lines) {
    const std::string place = line_text(line);
    if (place.empty() || std::find(seen.begin(), seen.end(), place) != seen.end()) continue;
    text += (text.empty() ? "" : ", ") + place;
    seen.push_back(place);
  }
  return text;
}

// The nearest lines known of what NODE was computed from, its inputs' first.
std::string lines_before(const Apply& node) {
  constexpr std::size_t most = 1000;
  std::vector<Apply> level{node};
  std::unordered_set<Apply> seen{node};
  while (!level.empty() && seen.size() < most) {
    std::vector<std::source_location> lines;
    std::vector<Apply> next;
    for (const Apply& user : level) {
      for (const Variable& input : user.inputs()) {
        const Apply maker = input.owner();
        if (!maker || !seen.insert(maker).second) continue;
        next.push_back(maker);
        for (const std::source_location& line : maker.op().lines(maker)) lines.push_back(line);
      }
    }
    if (std::string text = lines_text(lines); !text.empty()) return text;
    level = std::move(next);
  }
  return "";
}
}  // namespace

std::string node_context(const Apply& node, std::size_t position, std::span<const Value> values) {
  std::string text = std::string(mark) + std::to_string(position) + ": " + node.text();
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Variable& input = node.inputs()[i];
    text += "\n    input " + std::to_string(i) + " " + input.text() + ": " + input.type().text();
    if (i < values.size() && !values[i].empty()) text += ", " + value_text(values[i]);
  }
  std::string made = lines_text(node.op().lines(node));
  if (!made.empty()) {
    text += "\n    made at " + made;
  } else if (made = lines_before(node); !made.empty()) {
    text += "\n    from what was made at " + made;
  }
  if (base::config().exception_verbosity() == "low") {
    text += "\n    hint: flag exception_verbosity=high shows the values of larger inputs";
    text += made.empty() ? "; mode FAST_COMPILE keeps the nodes as they were written" : "";
  }
  return text;
}
}  // namespace kroton::link
