// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"

namespace kroton::base {
namespace {
std::string error_of(auto&& f) {
  try {
    f();
  } catch (const ValueError& e) {
    return e.what();
  }
  return "(nothing thrown)";
}

// Flags read from sources of the test's own, and from the real ones again afterwards.
class Sources : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 3; ++i) before_[i] = environment(names_[i]);
    char name[] = "/tmp/kroton_config_XXXXXX";
    folder_ = ::mkdtemp(name);
    ::unsetenv("KROTON_FLAGS");
    ::unsetenv("KROTONRC");
    ::setenv("HOME", folder_.c_str(), 1);
    detail::reload_flags();
  }
  void TearDown() override {
    for (int i = 0; i < 3; ++i)
      before_[i] ? ::setenv(names_[i], before_[i]->c_str(), 1) : ::unsetenv(names_[i]);
    ::unlink(rc().c_str());
    ::rmdir(folder_.c_str());
    detail::reload_flags();
  }
  std::string rc() const { return folder_ + "/.krotonrc"; }
  static FlagInfo info(const std::string& name) {
    for (const FlagInfo& i : flags())
      if (i.name == name) return i;
    return {};
  }

 private:
  const char* names_[3] = {"KROTON_FLAGS", "KROTONRC", "HOME"};
  std::optional<std::string> before_[3];
  std::string folder_;
};

TEST_F(Sources, without_any_source_every_flag_has_its_default) {
  EXPECT_EQ(config().floatX(), "float64");
  EXPECT_EQ(config().threads(), 0);
  EXPECT_TRUE(config().allow_gc());
  for (const FlagInfo& i : flags()) {
    EXPECT_EQ(i.value, i.default_value);
    EXPECT_EQ(i.origin, "default");
  }
  EXPECT_EQ(changed_flags(), "");
}

TEST_F(Sources, C6_2_the_later_source_wins_and_is_remembered) {
  write_file(
      rc(),
      "# mine\n[global]\nfloatX = float32\nthreads=3\n; more\n[gpuarray]\npreallocate = 0.5\n");
  ::setenv("KROTON_FLAGS", "floatX=float16, exception_verbosity=high,", 1);
  detail::reload_flags();
  EXPECT_EQ(config().floatX(), "float16");
  EXPECT_EQ(config().threads(), 3);
  EXPECT_EQ(config().gpuarray_preallocate(), "0.5");
  EXPECT_EQ(info("floatX").origin, "KROTON_FLAGS");
  EXPECT_EQ(info("threads").origin, "~/.krotonrc:4");
  EXPECT_EQ(info("gpuarray.preallocate").origin, "~/.krotonrc:7");
  set_flag("floatX", "float64");
  EXPECT_EQ(config().floatX(), "float64");
  EXPECT_EQ(info("floatX").origin, "code");
  EXPECT_EQ(changed_flags(), "gpuarray.preallocate=0.5,threads=3,exception_verbosity=high");
}

TEST_F(Sources, KROTONRC_names_another_file) {
  write_file(rc(), "floatX = float32\n");
  ::setenv("KROTONRC", rc().c_str(), 1);
  ::unsetenv("HOME");
  detail::reload_flags();
  EXPECT_EQ(flag("floatX"), "float32");
  EXPECT_EQ(info("floatX").origin, rc() + ":1");
  ::setenv("KROTONRC", "/nowhere/rc", 1);
  detail::reload_flags();
  EXPECT_EQ(error_of([] { config(); }),
            "config: KROTONRC names '/nowhere/rc', which cannot be read; name a readable file or "
            "unset it");
}

TEST_F(Sources, C6_2_a_wrong_source_is_named_at_every_use_until_it_is_right) {
  ::setenv("KROTON_FLAGS", "floatX=float8", 1);
  detail::reload_flags();
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(error_of([] { config(); }),
              "config: flag 'floatX' cannot be 'float8' (from KROTON_FLAGS); it is one of float64, "
              "float32, float16");
  ::setenv("KROTON_FLAGS", "flotX=float32", 1);
  EXPECT_EQ(error_of([] { config(); }),
            "config: there is no flag 'flotX' (from KROTON_FLAGS); did you mean 'floatX'?");
  ::setenv("KROTON_FLAGS", "floatX", 1);
  EXPECT_EQ(error_of([] { config(); }),
            "config: KROTON_FLAGS holds 'floatX'; write flag=value, with commas between");
  ::setenv("KROTON_FLAGS", "floatX=float32", 1);
  EXPECT_EQ(config().floatX(), "float32");
}

TEST_F(Sources, a_wrong_line_of_the_rc_file_is_named) {
  write_file(rc(), "\nfloatX float32\n");
  EXPECT_EQ(
      error_of([] { config(); }),
      "config: ~/.krotonrc:2 holds 'floatX float32'; a line is 'flag = value', '[section]' or a "
      "comment after #");
  write_file(rc(), "[gpuarray\n");
  EXPECT_EQ(error_of([] { config(); }),
            "config: ~/.krotonrc:1 starts a section without its ']'; write [name]");
  write_file(rc(), "threads = many\n");
  EXPECT_EQ(error_of([] { config(); }),
            "config: flag 'threads' cannot be 'many' (from ~/.krotonrc:1); it is an integer from 0 "
            "to 4096");
}

TEST_F(Sources, set_flag_refuses_what_is_wrong_and_changes_nothing) {
  EXPECT_EQ(error_of([] { set_flag("allow_gc", "perhaps"); }),
            "config: flag 'allow_gc' cannot be 'perhaps' (from code); it is True or False");
  EXPECT_EQ(error_of([] { set_flag("threads", "4097"); }),
            "config: flag 'threads' cannot be '4097' (from code); it is an integer from 0 to 4096");
  EXPECT_EQ(error_of([] { set_flag("zzzzzz", "1"); }),
            "config: there is no flag 'zzzzzz' (from code); base/config.def and `kroton flags` "
            "list them");
  EXPECT_EQ(flag("threads"), "0");
  set_flag("threads", "4096");
  EXPECT_EQ(config().threads(), 4096);
}

TEST_F(Sources, a_flag_that_is_read_once_cannot_change_after_that) {
  set_flag("device", "cuda0");
  EXPECT_EQ(config().device(), "cuda0");
  EXPECT_EQ(
      error_of([] { set_flag("device", "cpu"); }),
      "config: flag 'device' cannot become 'cpu' (from code): it was already used as 'cuda0'; set "
      "it at the start of the program or in KROTON_FLAGS");
  EXPECT_NO_THROW(set_flag("device", "cuda0"));
}

TEST_F(Sources, a_scope_gives_the_old_value_back) {
  const std::string& before = config().floatX();
  {
    FlagScope scope("floatX", "float32");
    EXPECT_EQ(config().floatX(), "float32");
    EXPECT_EQ(before, "float64");
  }
  EXPECT_EQ(config().floatX(), "float64");
}

TEST_F(Sources, the_table_shows_name_value_origin_doc_and_what_is_legal) {
  set_flag("log", "info");
  std::string table = flags_table();
  EXPECT_NE(table.find(
                "log = info  (code)\n    least important message that is written to stderr; one of "
                "error, warning, info, debug\n"),
            std::string::npos);
  EXPECT_NE(table.find("compiledir = ''  (default)\n"), std::string::npos);
  EXPECT_NE(table.find("; fixed once it was read\n"), std::string::npos);
}

TEST_F(Sources, flags_may_be_read_while_they_change) {
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const std::string& value = config().floatX();
      ASSERT_TRUE(value == "float64" || value == "float32") << value;
    }
  });
  for (int i = 0; i < 2000; ++i) set_flag("floatX", i % 2 ? "float64" : "float32");
  stop = true;
  reader.join();
}
}  // namespace
}  // namespace kroton::base
