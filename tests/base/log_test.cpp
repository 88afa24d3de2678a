// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/log.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"

namespace kroton::base {
namespace {
TEST(Log, goes_to_stderr_by_level_and_never_to_stdout) {
  FlagScope scope("log", "info");
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  log(LogLevel::warning, "a");
  log(LogLevel::info, "b");
  log(LogLevel::debug, "c");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "kroton: warning: a\nkroton: info: b\n");
  EXPECT_TRUE(log_enabled(LogLevel::info));
  EXPECT_FALSE(log_enabled(LogLevel::debug));
}

TEST(Log, once_means_once_for_each_message) {
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) {
    log_once(LogLevel::error, "only once");
    log_once(LogLevel::error, "this too");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "kroton: error: only once\nkroton: error: this too\n");
}
}  // namespace
}  // namespace kroton::base
