// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/log.h"
#include "kroton/compile/detail/function_impl.h"
#include "kroton/graph/op.h"
#include "kroton/link/error_context.h"

namespace kroton::inline compile {
namespace {
double share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

std::string line_of(const ProfileRow& row, double all) {
  const double calls = static_cast<double>(std::max<std::uint64_t>(row.calls, 1));
  const double bytes = static_cast<double>(row.bytes);
  return fmt::format("  {:6.1f} % {:9.3f} {:9} {:10.3f} {:9.3f} {:7.2f}  ", share(row.seconds, all),
                     row.seconds * 1e3, row.calls, row.seconds * 1e6 / calls, bytes * 1e-6,
                     row.seconds > 0 ? bytes * 1e-9 / row.seconds : 0.0);
}
constexpr const char* columns = "     share        ms     calls  us a call        MB    GB/s  ";

std::vector<ProfileRow> by_time(std::vector<ProfileRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow& a, const ProfileRow& b) { return a.seconds > b.seconds; });
  return rows;
}

std::string lines_of(const Apply& node) {
  std::string text;
  for (const std::source_location& line : node.op().lines(node)) {
    const std::string place = link::line_text(line);
    if (place.empty() || text.find(place) != std::string::npos) continue;
    text += (text.empty() ? "" : ", ") + place;
  }
  return text;
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Profile profile_of(const Function::Impl& f) {
  Profile profile;
  profile.name = f.who;
  profile.building = f.building;
  profile.calls = f.recorder->calls();
  profile.seconds = static_cast<double>(f.recorder->nanoseconds()) * 1e-9;
  profile.peak_bytes = f.recorder->memory();
  std::map<std::string, ProfileRow> ops;
  for (const link::NodeTime& time : f.recorder->times()) {
    const double seconds = static_cast<double>(time.nanoseconds) * 1e-9;
    profile.nodes.push_back(
        {time.node.text(), time.body, lines_of(time.node), 1, time.calls, seconds, time.bytes});
    const auto [op, fresh] = ops.try_emplace(time.node.op().text());
    if (fresh) op->second = {op->first, time.body, "", 0};
    op->second.nodes += 1;
    op->second.calls += time.calls;
    op->second.seconds += seconds;
    op->second.bytes += time.bytes;
  }
  for (auto& [text, row] : ops) profile.ops.push_back(std::move(row));
  profile.ops = by_time(std::move(profile.ops));
  auto events = f.recorder->events();
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (const auto& event : events) {
    const auto from_first = [&](auto when) {
      return std::chrono::duration<double>(when - events.front().begin).count();
    };
    profile.events.push_back(
        {event.node, event.thread, event.call, from_first(event.begin), from_first(event.end)});
  }
  return profile;
}

// The flag's file for the first function that goes, FILE.2 and so on for others.
std::string trace_file(const std::string& path) {
  static std::atomic<int> functions{0};
  const int number = ++functions;
  return number == 1 ? path : path + "." + std::to_string(number);
}
}  // namespace

double Profile::seconds_in_nodes() const {
  double sum = 0;
  for (const ProfileRow& row : nodes) sum += row.seconds;
  return sum;
}

std::string Profile::table() const {
  const double in_nodes = seconds_in_nodes();
  std::string text = fmt::format("{}: {} calls, {:.3f} ms, {:.1f} % of it in nodes\n", name, calls,
                                 seconds * 1e3, share(in_nodes, seconds));
  double built = 0;
  std::string steps;
  for (const auto& [step, spent] : building) {
    built += spent;
    steps += fmt::format("{}{} {:.3f}", steps.empty() ? "" : ", ", step, spent * 1e3);
  }
  text += fmt::format("  built in {:.3f} ms: {}\n", built * 1e3, steps);
  if (peak_bytes > 0)
    text += fmt::format("  a call holds {:.3f} MB beside inputs and shared variables\n",
                        static_cast<double>(peak_bytes) * 1e-6);
  text += std::string(columns) + "nodes  op\n";
  for (const ProfileRow& row : ops)
    text += line_of(row, in_nodes) + fmt::format("{:5}  {}\n", row.nodes, row.text);
  text += std::string(columns) + "by       node\n";
  for (const ProfileRow& row : by_time(nodes)) {
    text += line_of(row, in_nodes) + fmt::format("{:7}  {}", row.body, row.text);
    text += (row.lines.empty() ? "" : "  at " + row.lines) + "\n";
  }
  return text;
}

std::string Profile::trace() const {
  if (events.empty() && calls > 0) {
    throw ValueError(name + ": no trace was kept; set flag profiling.trace before function()");
  }
  std::string text = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [";
  const char* separator = "\n";
  for (const Event& event : events) {
    const ProfileRow* row = event.node < 0 ? nullptr : &nodes[static_cast<std::size_t>(event.node)];
    text += separator;
    text += fmt::format(
        "{{\"name\": {}, \"cat\": {}, \"ph\": \"X\", \"ts\": {:.3f}, \"dur\": {:.3f}, \"pid\": 1, "
        "\"tid\": {}, \"args\": {{",
        json_text(row ? row->text : name), json_text(row ? row->body : "call"), event.begin * 1e6,
        (event.end - event.begin) * 1e6, event.thread);
    if (row) text += fmt::format("\"node\": {}, \"lines\": {}", event.node, json_text(row->lines));
    text += "}}";
    separator = ",\n";
  }
  return text + "\n]}\n";
}

void Profile::write_trace(const std::string& path) const { base::write_file(path, trace()); }

Profile Function::profile() const {
  if (!impl().recorder) {
    throw ValueError(
        impl().who +
        ": it keeps no profile; pass profile = true to function(), or set flag profile");
  }
  impl().calls_told = impl().recorder->calls();
  return profile_of(impl());
}

Function::Impl::~Impl() {
  if (!recorder || recorder->calls() == 0) return;
  try {
    const Profile profile = profile_of(*this);
    if (calls_told != recorder->calls()) std::fputs(profile.table().c_str(), stderr);
    if (!trace_path.empty()) profile.write_trace(trace_file(trace_path));
  } catch (const std::exception& error) {
    // A table that could not be made is not worth ending the program for.
    base::log_once(base::LogLevel::warning, std::string("profile: ") + error.what());
  }
}
}  // namespace kroton::inline compile
