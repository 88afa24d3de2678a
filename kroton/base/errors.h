// SPDX-License-Identifier: BSD-3-Clause
// Every failure that a user of Kroton can meet, as one small tree of exceptions.
// Text: "<what the user called>: <the fact, with values>; <the rule or the remedy>", on one line.
// Layers that know more append context while the exception unwinds (see link/).
#pragma once
#include <stdexcept>
#include <string>

#include "kroton/base/api.h"

namespace kroton {
// The root: catch this to catch everything that Kroton throws on purpose.
struct KROTON_API Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// A graph is built from things whose types do not fit, or a value does not fit a type.
struct KROTON_API TypeError : Error {
  using Error::Error;
};
// An argument has the right type and a wrong value.
struct KROTON_API ValueError : Error {
  using Error::Error;
};
// Shapes do not fit when a function runs.
struct KROTON_API ShapeError : Error {
  using Error::Error;
};
// A gradient was asked for that does not exist.
struct KROTON_API GradientError : Error {
  using Error::Error;
};
// A Type or an Op lacks a method that its subclass has to supply; names the class and the method.
struct KROTON_API MethodNotDefined : Error {
  using Error::Error;
};
// Generated or user-supplied C text did not compile; the text holds the diagnostics.
struct KROTON_API CompileError : Error {
  using Error::Error;
};
// A device driver's call failed; the text names the call and its code.
struct KROTON_API DeviceError : Error {
  using Error::Error;
};
// A message between ranks failed or does not fit.
struct KROTON_API CommunicationError : Error {
  using Error::Error;
};
// Legal, but Kroton does not do it.
struct KROTON_API UnsupportedError : Error {
  using Error::Error;
};
// A defect of Kroton itself.
struct KROTON_API InternalError : Error {
  using Error::Error;
};
// A GPU context name that nobody registered.
struct KROTON_API ContextNotDefined : ValueError {
  using ValueError::ValueError;
};

// Throws InternalError "FILE:LINE: WHAT; this is a bug in kroton".
[[noreturn]] KROTON_API void internal_error(const char* file, int line, const std::string& what);
}  // namespace kroton

// States what must hold unless Kroton itself is wrong.
#define KROTON_CHECK(condition) \
  ((condition) ? void(0)        \
               : ::kroton::internal_error(__FILE__, __LINE__, #condition " does not hold"))
