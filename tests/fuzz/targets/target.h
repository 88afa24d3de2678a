// SPDX-License-Identifier: BSD-3-Clause
// A fuzz target is one function of some bytes that must come back, whatever they are. libFuzzer
// calls it with bytes of its own making (./dev fuzz TARGET SECONDS), replay.cpp with the files of
// the corpus.
#pragma once
#include <cstddef>
#include <cstdint>

void try_bytes(const std::uint8_t* bytes, std::size_t count);
