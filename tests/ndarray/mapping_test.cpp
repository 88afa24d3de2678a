// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/mapping.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "kroton/base/errors.h"
#include "kroton/ndarray/npy.h"
#include "tests/ndarray/reference.h"
#include "tests/support/check_error.h"

using namespace kroton;

// C1.5: an error before the memory is touched, not a SIGBUS.
TEST(Mapping, a_file_that_was_shortened_is_named) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, NDArray::full({1000}, 2.5));
  const Values values = {Value(),
                         "text",
                         3,
                         array({1.}),
                         load_npy(path, "c"),
                         load_npy(path, "c").slice({slice(5, 7)})};
  EXPECT_NO_THROW(check_mapped_files(values));
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  for (const std::size_t i : {4, 5}) {
    CHECK_ERROR(ValueError, check_mapped_files({&values[i], 1}),
                "load_npy: '" + path +
                    "' was shortened from 8128 to 4096 bytes while it is mapped; replace files by "
                    "renaming, or load them without mmap_mode");
  }
  EXPECT_NO_THROW(check_mapped_files({values.data(), 4}));
  ASSERT_EQ(::truncate(path.c_str(), 8128), 0);
  EXPECT_NO_THROW(check_mapped_files(values));
}

TEST(Mapping, a_file_that_was_removed_or_replaced_lives_on) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, NDArray::full({1000}, 2.5));
  const Values values = {load_npy(path, "c")};
  save_npy(path, array({1.}));  // by renaming
  EXPECT_NO_THROW(check_mapped_files(values));
  EXPECT_EQ(values[0].as<NDArray>().at<double>({999}), 2.5);
  std::filesystem::remove(path);
  EXPECT_NO_THROW(check_mapped_files(values));
  EXPECT_EQ(values[0].as<NDArray>().at<double>({999}), 2.5);
}
