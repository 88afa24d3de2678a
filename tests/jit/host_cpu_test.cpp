// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/host_cpu.h"

#include "tests/jit/fixture.h"

namespace kroton::jit {
namespace {
TEST_F(Jit, the_cpu_is_the_same_on_every_question) {
  EXPECT_EQ(host_cpu_identity(), host_cpu_identity());
  EXPECT_FALSE(host_cpu_text().empty());
  EXPECT_EQ(kernel_cpu(), "native");
}

TEST_F(Jit, a_cpu_level_that_the_machine_lacks_is_refused) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "levels are an x86-64 notion";
#else
  if (host_has_avx512()) {
    set("cpu", "x86-64-v4");
    EXPECT_EQ(kernel_cpu(), "x86-64-v4");
  } else {
    set("cpu", "x86-64-v4");
    EXPECT_EQ(error_of([] { kernel_cpu(); }),
              "config: flag 'cpu' cannot be 'x86-64-v4' on this machine (" + host_cpu_text() +
                  "); use native or a lower level");
  }
#endif
}
}  // namespace
}  // namespace kroton::jit
