// SPDX-License-Identifier: BSD-3-Clause
// This program does not link Kroton: its library comes and goes with a plugin that uses it.
#include <dlfcn.h>
#include <gtest/gtest.h>

TEST(Closing, a_library_that_uses_kroton_can_be_closed_and_opened_again) {
  for (int i = 0; i < 3; ++i) {
    void* library = ::dlopen(KROTON_PROBE, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << ::dlerror();
    const auto sum = reinterpret_cast<double (*)(int)>(::dlsym(library, "sum_of_squares"));
    ASSERT_NE(sum, nullptr);
    EXPECT_EQ(sum(1 << 18), 4. * (1 << 18));
    EXPECT_EQ(::dlclose(library), 0);
  }
}
