// SPDX-License-Identifier: BSD-3-Clause
// The sub-commands. Each takes the words behind its name and returns the exit status:
// 0 done, 1 failed, 2 wrong use.
#pragma once
#include <string>
#include <vector>

namespace cli {
int cache(const std::vector<std::string>& arguments);
int devices(const std::vector<std::string>& arguments);
int flags(const std::vector<std::string>& arguments);
int info(const std::vector<std::string>& arguments);
int rewrites(const std::vector<std::string>& arguments);
}  // namespace cli
