// SPDX-License-Identifier: BSD-3-Clause
// The first line of what a thrown error says: the fact, without the line that says where function()
// was called.
#pragma once
#include <exception>
#include <string>

template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  } catch (const std::exception& error) {
    return std::string("another type: ") + error.what();
  }
  return "nothing was thrown";
}
