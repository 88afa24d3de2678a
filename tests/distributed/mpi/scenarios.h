// SPDX-License-Identifier: BSD-3-Clause
// Programs that run as ranks under mpiexec, or as ranks of one process: each scenario is a function
// that throws when something is not as it should be.
#pragma once
#include <kroton/kroton.h>

#include <map>
#include <string>

namespace scenarios {
inline void require(bool holds, const std::string& what) {
  if (!holds)
    throw kroton::InternalError("rank " + std::to_string(kroton::mpi_rank()) + ": " + what);
}
// The first line of what CALL throws.
template <class Call>
std::string error_of(Call call) {
  try {
    static_cast<void>(call());
  } catch (const kroton::CommunicationError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "nothing was thrown";
}
inline void require_error(const std::string& text, const std::string& expected) {
  require(text == expected, "the error is\n  " + text + "\nand should be\n  " + expected);
}
// A number of float64; that of a literal would be of the narrowest dtype.
inline kroton::Variable one() { return kroton::constant(kroton::NDArray::full({}, 1.)); }
// A barrier of two ranks, of messages with a tag of its own.
inline void meet() {
  using namespace kroton;
  const int other = 1 - mpi_rank();
  function({}, {send(one(), other, 999), recv({}, float64, other, 999)})();
}

using Scenario = void (*)();
extern const std::map<std::string, Scenario> messages, failures, collectives, devices;
}  // namespace scenarios
