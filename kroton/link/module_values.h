// SPDX-License-Identifier: BSD-3-Clause
// What lies behind the handles of kroton/module.h: values in boxes with a count, and the error of a
// thread.
#pragma once
#include <atomic>
#include <exception>

#include "kroton/base/api.h"
#include "kroton/module.h"
#include "kroton/ndarray/value.h"

// A box; never empty (a missing value is a null pointer). A kroton_array is one that holds an
// array.
struct kroton_value {
  explicit kroton_value(kroton::Value held) : value(std::move(held)) {}
  std::atomic<int> references{1};
  kroton::Value value;
  bool offered = false;  // an array of the caller's that may be overwritten
};

namespace kroton::link {
// A new reference; null for an empty value.
kroton_value* box(Value value);
// The value in a box; empty for null.
inline Value unboxed(const kroton_value* box) { return box ? box->value : Value(); }

// Makes the functions of module.h known to the compiled texts of this process.
void provide_module_symbols();
// Those that rooms above define. Defined in kroton/install.cpp.
KROTON_API void provide_symbols_of_rooms();

// Keeps the exception that is being handled as this thread's error.
void keep_current_exception();
bool has_module_error();
void clear_module_error();
// Until the error is thrown or cleared here, nothing replaces it.
void hold_module_error();
// Throws this thread's error and clears it: the kept exception, or an Error of the kind that
// kroton_set_error said. UNSAID: the text where no error was set.
[[noreturn]] void throw_module_error(const std::string& unsaid);
}  // namespace kroton::link
