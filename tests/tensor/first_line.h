// SPDX-License-Identifier: BSD-3-Clause
// What a call that fails says first: a linker adds lines that name the node and where it was made.
#pragma once
#include <exception>
#include <string>

namespace kroton::support {
template <class Kind, class Call>
std::string first_line(Call&& call) {
  try {
    call();
  } catch (const Kind& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  } catch (const std::exception& error) {
    return std::string("an error of another kind: ") + error.what();
  }
  return "no error";
}
}  // namespace kroton::support
