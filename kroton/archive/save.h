// SPDX-License-Identifier: BSD-3-Clause
// Values and shared variables in files.
//   save("w.kroton", w);   SharedVariable w2 = restore_shared("w.kroton");
//   save("a.kroton", array({1., 2.}));   NDArray a = restore("a.kroton");
// A file is written whole or not at all. A device array is saved with the name of its context,
// which must be defined when it is restored; flag experimental.unpickle_gpu_on_cpu makes host
// arrays of them instead. A shared variable keeps name, type, options and value, not its default
// update.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/compile/shared.h"
#include "kroton/ndarray/value.h"

namespace kroton::archive {
// TypeError for an object that has no format; Error when the file cannot be written.
KROTON_API void save(const std::string& path, const NDArray& array);
KROTON_API void save(const std::string& path, const SharedVariable& shared);
KROTON_API void save(const std::string& path, const Value& value);

// Errors name the file: Error when it cannot be opened, ValueError when it is foreign, damaged, of
// a later version, or holds the other of the two; ContextNotDefined for an array of an unknown
// context.
KROTON_API Value restore(const std::string& path);
KROTON_API SharedVariable restore_shared(const std::string& path);
}  // namespace kroton::archive
