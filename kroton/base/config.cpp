// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/config.h"

#include <array>
#include <map>
#include <mutex>
#include <set>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/text.h"

namespace kroton::base {
namespace {
enum class FlagType { boolean, integer, choice, text };
enum class Change { any_time, before_use };

struct Row {
  const char* name;
  FlagType type;
  const char* default_value;
  const char* legal;
  Change change;
  const char* doc;
};

constexpr Row rows[] = {
#define FLAG(id, name, type, value, legal, change, doc) \
  {name, FlagType::type, value, legal, Change::change, doc},
#include "kroton/base/config.def"
#undef FLAG
};
constexpr std::size_t row_count = std::size(rows);

// Getters read without a lock: a number in place, a text through a pointer to a string that is
// never freed (the few different texts of a process).
struct Cell {
  std::atomic<const std::string*> text{nullptr};
  std::atomic<std::int64_t> number{0};
  std::atomic<bool> used{false};
  std::string origin;  // under State::mutex
};

struct State {
  std::mutex mutex;
  std::atomic<bool> loaded{false};
  std::set<std::string> texts;
  std::array<Cell, row_count> cells;
};

State& state() {
  // Flags are read until the last thread of the process ends.
  static State& the_state = *new State;
  return the_state;
}

std::string_view type_name(FlagType type) {
  constexpr std::string_view names[] = {"boolean", "integer", "choice", "text"};
  return names[static_cast<int>(type)];
}

std::string legal_text(const Row& row) {
  switch (row.type) {
    case FlagType::boolean:
      return "True or False";
    case FlagType::integer: {
      auto bounds = split(row.legal, '.');
      return "an integer from " + std::string(bounds.front()) + " to " + std::string(bounds.back());
    }
    case FlagType::choice:
      return "one of " + replace_all(row.legal, "|", ", ");
    case FlagType::text:
      break;
  }
  return "any text";
}

std::size_t find_row(std::string_view name, const std::string& origin) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < row_count; ++i) {
    if (name == rows[i].name) return i;
    names.emplace_back(rows[i].name);
  }
  std::string near = nearest_word(name, names);
  throw ValueError("config: there is no flag " + quote(name) + " (from " + origin + "); " +
                   (near.empty() ? "base/config.def and `kroton flags` list them"
                                 : "did you mean " + quote(near) + "?"));
}

struct Parsed {
  std::string text;
  std::int64_t number = 0;
};

// Nothing when the value is not legal.
std::optional<Parsed> parse_value(const Row& row, std::string_view value) {
  switch (row.type) {
    case FlagType::boolean: {
      auto truth = parse_bool(value);
      if (!truth) return {};
      return Parsed{*truth ? "True" : "False", *truth ? 1 : 0};
    }
    case FlagType::integer: {
      auto number = parse_int(value);
      auto bounds = split(row.legal, '.');
      if (!number || *number < parse_int(bounds.front()) || *number > parse_int(bounds.back()))
        return {};
      return Parsed{format_number(*number), *number};
    }
    case FlagType::choice:
      for (std::string_view word : split(row.legal, '|'))
        if (value == word) return Parsed{std::string(word), 0};
      return {};
    case FlagType::text:
      break;
  }
  return Parsed{std::string(value), 0};
}

// With State::mutex held.
void store(State& s, std::size_t index, std::string_view value, const std::string& origin) {
  const Row& row = rows[index];
  auto parsed = parse_value(row, trim(value));
  if (!parsed)
    throw ValueError("config: flag " + quote(row.name) + " cannot be " + quote(trim(value)) +
                     " (from " + origin + "); it is " + legal_text(row));
  Cell& cell = s.cells[index];
  cell.number.store(parsed->number, std::memory_order_release);
  cell.text.store(&*s.texts.insert(parsed->text).first, std::memory_order_release);
  cell.origin = origin;
}

struct Setting {
  std::string name, value, origin;
};

void read_rc(const std::string& path, const std::string& text, std::vector<Setting>& settings) {
  std::string section;
  std::int64_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    std::string origin = path + ":" + format_number(++number);
    line = trim(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      if (!line.ends_with(']'))
        throw ValueError("config: " + origin + " starts a section without its ']'; write [name]");
      section = trim(line.substr(1, line.size() - 2));
      if (section == "global") section.clear();
      continue;
    }
    std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw ValueError("config: " + origin + " holds " + quote(line) +
                       "; a line is 'flag = value', '[section]' or a comment after #");
    std::string name(trim(line.substr(0, equals)));
    if (!section.empty()) name = section + "." + name;
    settings.push_back({name, std::string(trim(line.substr(equals + 1))), origin});
  }
}

void read_variable(const std::string& text, std::vector<Setting>& settings) {
  for (std::string_view piece : split(text, ',')) {
    piece = trim(piece);
    if (piece.empty()) continue;
    std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos)
      throw ValueError("config: KROTON_FLAGS holds " + quote(piece) +
                       "; write flag=value, with commas between");
    settings.push_back({std::string(trim(piece.substr(0, equals))),
                        std::string(trim(piece.substr(equals + 1))), "KROTON_FLAGS"});
  }
}

std::vector<Setting> read_sources() {
  std::vector<Setting> settings;
  if (auto path = environment("KROTONRC")) {
    auto text = try_read_file(*path);
    if (!text)
      throw ValueError("config: KROTONRC names " + quote(*path) +
                       ", which cannot be read; name a readable file or unset it");
    read_rc(*path, *text, settings);
  } else if (auto home = environment("HOME")) {
    if (auto text = try_read_file(path_join(*home, ".krotonrc")))
      read_rc("~/.krotonrc", *text, settings);
  }
  if (auto text = environment("KROTON_FLAGS")) read_variable(*text, settings);
  return settings;
}

State& loaded_state() {
  State& s = state();
  if (s.loaded.load(std::memory_order_acquire)) return s;
  std::lock_guard lock(s.mutex);
  if (s.loaded.load(std::memory_order_relaxed)) return s;
  for (std::size_t i = 0; i < row_count; ++i) store(s, i, rows[i].default_value, "default");
  for (const Setting& setting : read_sources())
    store(s, find_row(setting.name, setting.origin), setting.value, setting.origin);
  s.loaded.store(true, std::memory_order_release);
  return s;
}

Cell& use(int index) {
  Cell& cell = state().cells[static_cast<std::size_t>(index)];
  if (!cell.used.load(std::memory_order_relaxed)) cell.used.store(true, std::memory_order_relaxed);
  return cell;
}

void assign(std::string_view name, std::string_view value, bool force) {
  State& s = loaded_state();
  std::size_t index = find_row(name, "code");
  std::lock_guard lock(s.mutex);
  Cell& cell = s.cells[index];
  if (!force && rows[index].change == Change::before_use && cell.used.load()) {
    auto parsed = parse_value(rows[index], trim(value));
    if (parsed && parsed->text == *cell.text.load()) return;
    throw ValueError("config: flag " + quote(name) + " cannot become " + quote(value) +
                     " (from code): it was already used as " + quote(*cell.text.load()) +
                     "; set it at the start of the program or in KROTON_FLAGS");
  }
  store(s, index, value, "code");
}
}  // namespace

const Config& config() {
  static constexpr Config the_config;
  loaded_state();
  return the_config;
}

bool Config::get_boolean(int index) const { return use(index).number.load() != 0; }
std::int64_t Config::get_integer(int index) const { return use(index).number.load(); }
const std::string& Config::get_choice(int index) const { return *use(index).text.load(); }
const std::string& Config::get_text(int index) const { return *use(index).text.load(); }

std::string flag(std::string_view name) {
  return *loaded_state().cells[find_row(name, "code")].text.load();
}

void set_flag(std::string_view name, std::string_view value) { assign(name, value, false); }

std::vector<FlagInfo> flags() {
  State& s = loaded_state();
  std::lock_guard lock(s.mutex);
  std::vector<FlagInfo> infos;
  for (std::size_t i = 0; i < row_count; ++i) {
    const Row& row = rows[i];
    infos.push_back({row.name, std::string(type_name(row.type)), *s.cells[i].text.load(),
                     row.default_value, legal_text(row), row.doc, s.cells[i].origin,
                     row.change == Change::any_time});
  }
  return infos;
}

std::string flags_table() {
  std::string table;
  for (const FlagInfo& info : flags()) {
    table +=
        info.name + " = " + (info.value.empty() ? "''" : info.value) + "  (" + info.origin + ")\n";
    table += "    " + info.doc + "; " + info.legal +
             (info.changeable ? "" : "; fixed once it was read") + "\n";
  }
  return table;
}

std::string changed_flags() {
  std::vector<std::string> changed;
  for (const FlagInfo& info : flags())
    if (info.value != info.default_value) changed.push_back(info.name + "=" + info.value);
  return join(changed, ",");
}

FlagScope::~FlagScope() { assign(name_, old_, true); }

namespace detail {
void reload_flags() {
  State& s = state();
  std::lock_guard lock(s.mutex);
  s.loaded.store(false);
  for (Cell& cell : s.cells) cell.used.store(false);
}

void force_flag(std::string_view name, std::string_view value) { assign(name, value, true); }
}  // namespace detail
}  // namespace kroton::base
