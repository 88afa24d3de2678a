// SPDX-License-Identifier: BSD-3-Clause
// KROTON_API marks what leaves the library: everything else is hidden.
#pragma once
#define KROTON_API __attribute__((visibility("default")))
