// SPDX-License-Identifier: BSD-3-Clause
// Flags: every row of config.def as a typed getter, and by name as text.
//   kroton::base::config().floatX()            "float64"
//   kroton::base::set_flag("floatX", "float32")
// Sources, the later wins: default, rc file ($KROTONRC or ~/.krotonrc), KROTON_FLAGS="a=b,c=d",
// code. A wrong name or value is a ValueError that names flag, value, source and what is legal.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::base {
class Config {
 public:
  // References stay valid for ever, also when the flag changes later.
#define KROTON_FLAG_TYPE_boolean bool
#define KROTON_FLAG_TYPE_integer std::int64_t
#define KROTON_FLAG_TYPE_choice const std::string&
#define KROTON_FLAG_TYPE_text const std::string&
#define FLAG(id, name, type, value, legal, change, doc) \
  KROTON_FLAG_TYPE_##type id() const { return get_##type(index_##id); }
#include "kroton/base/config.def"
#undef FLAG
#undef KROTON_FLAG_TYPE_boolean
#undef KROTON_FLAG_TYPE_integer
#undef KROTON_FLAG_TYPE_choice
#undef KROTON_FLAG_TYPE_text

 private:
  enum Index : int {
#define FLAG(id, name, type, value, legal, change, doc) index_##id,
#include "kroton/base/config.def"
#undef FLAG
    flag_count
  };
  KROTON_API bool get_boolean(int index) const;
  KROTON_API std::int64_t get_integer(int index) const;
  KROTON_API const std::string& get_choice(int index) const;
  KROTON_API const std::string& get_text(int index) const;
};

// The process's flags. The first use reads KROTON_FLAGS and the rc file, and throws what is wrong
// there (again on every use, until it is put right).
KROTON_API const Config& config();
// What `set_flag` would take to give the flag its present value.
KROTON_API std::string flag(std::string_view name);
KROTON_API void set_flag(std::string_view name, std::string_view value);

// One flag as `kroton flags` shows it.
struct FlagInfo {
  std::string name, type, value, default_value, legal, doc;
  std::string origin;  // "default", "KROTON_FLAGS", "~/.krotonrc:12", "code"
  bool changeable;     // at any time, else only before it is first read
};
KROTON_API std::vector<FlagInfo> flags();
// All flags as text: a line of name, value and origin, then the doc.
KROTON_API std::string flags_table();
// The names and values that matter to a bug report: flags whose value is not the default.
KROTON_API std::string changed_flags();

// Gives a flag another value until the end of the scope: for tests and for a few calls.
class FlagScope {
 public:
  FlagScope(std::string_view name, std::string_view value) : name_(name), old_(flag(name)) {
    set_flag(name, value);
  }
  KROTON_API ~FlagScope();
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;

 private:
  std::string name_, old_;
};

namespace detail {
// Forgets all values and reads the sources again at the next use: for tests of the sources.
KROTON_API void reload_flags();
// As set_flag, also when it is too late for that flag: for tests.
KROTON_API void force_flag(std::string_view name, std::string_view value);
}  // namespace detail
}  // namespace kroton::base
