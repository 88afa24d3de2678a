// SPDX-License-Identifier: BSD-3-Clause
// The text of kroton/module.h, embedded: generated modules need no installed file.
#pragma once
#include <string_view>

namespace kroton::link {
std::string_view module_header();
}  // namespace kroton::link
