// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/profile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kroton/base/config.h"
#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

// Whether the text is one JSON value; its strings by key "name" are collected.
class Json {
 public:
  explicit Json(std::string text) : text_(std::move(text)) {}
  bool is_right() { return value() && (space(), at_ == text_.size()); }
  std::vector<std::string> names;

 private:
  void space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    space();
    return at_ < text_.size() && text_[at_] == c && ++at_;
  }
  bool string(std::string& out) {
    if (!take('"')) return false;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
      out += text_[at_];
    }
    return take('"');
  }
  bool members(char close) {
    if (take(close)) return true;
    do {
      std::string key, text;
      if (close == '}' && !(string(key) && take(':'))) return false;
      space();
      if (key == "name" && text_[at_] == '"') {
        if (!string(text)) return false;
        names.push_back(text);
      } else if (!value()) {
        return false;
      }
    } while (take(','));
    return take(close);
  }
  bool value() {
    space();
    if (take('{')) return members('}');
    if (take('[')) return members(']');
    std::string text;
    if (at_ < text_.size() && text_[at_] == '"') return string(text);
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           std::string("+-.0123456789eE").find(text_[at_]) != std::string::npos)
      ++at_;
    return at_ > begin;
  }
  std::string text_;
  std::size_t at_ = 0;
};

TEST(Profile, writes_a_table_of_nodes_to_stderr) {
  const Variable x = vec("x");
  testing::internal::CaptureStderr();
  {
    const auto f =
        function({x}, add(x, x), {.mode = Mode("vm", "None"), .name = "timed", .profile = true});
    f(array({1.}));
    f(array({2.}));
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("function 'timed': 2 calls, "), 0u) << text;
  EXPECT_NE(text.find("\n  built in "), std::string::npos) << text;
  EXPECT_NE(text.find("    1  add\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  kernel   add(x, x)"), std::string::npos) << text;
}

TEST(Profile, is_not_written_again_when_it_was_asked_for_behind_the_last_call) {
  const Variable x = vec("x");
  for (const bool called_again : {false, true}) {
    testing::internal::CaptureStderr();
    {
      const auto f = function({x}, add(x, x), {.mode = Mode("vm", "None"), .profile = true});
      f(array({1.}));
      EXPECT_EQ(f.profile().calls, 1u);
      if (called_again) f(array({2.}));
    }
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.find(": 2 calls, ") != std::string::npos, called_again) << text;
    EXPECT_EQ(text.empty(), !called_again) << text;
  }
}

TEST(Profile, counts_calls_and_bytes_of_nodes_and_sums_them_by_op) {
  const Variable x = vec("x");
  for (const char* linker : {"vm", "py", "c"}) {
    const auto f = function({x}, mul(add(x, x), add(x, mul(x, x))),
                            {.mode = Mode(linker, "None"), .profile = true});
    for (int i = 0; i < 3; ++i) f(NDArray::zeros({100}));
    const Profile profile = f.profile();
    EXPECT_EQ(profile.calls, 3u);
    ASSERT_EQ(profile.nodes.size(), 4u);
    ASSERT_EQ(profile.ops.size(), 2u);
    double of_ops = 0;
    for (const ProfileRow& row : profile.nodes) {
      EXPECT_EQ(row.calls, 3u) << row.text;
      EXPECT_EQ(row.bytes, 3u * 3 * 800) << row.text;
      EXPECT_GT(row.seconds, 0) << row.text;
      EXPECT_EQ(row.body, linker == std::string("py") ? "perform" : "kernel");
    }
    for (const ProfileRow& row : profile.ops) {
      EXPECT_EQ(row.nodes, 2u);
      EXPECT_EQ(row.calls, 6u);
      of_ops += row.seconds;
    }
    EXPECT_NEAR(of_ops, profile.seconds_in_nodes(), 1e-12);
    EXPECT_LE(profile.seconds_in_nodes(), profile.seconds);
    EXPECT_EQ(profile.building.size(), 5u);
    if (linker == std::string("vm")) {
      EXPECT_GE(profile.peak_bytes, 2 * 800);  // two of the four live at once
      EXPECT_LE(profile.peak_bytes, 3 * 832);
    }
    EXPECT_EQ(error_of<ValueError>([&] { profile.trace(); }),
              "function: no trace was kept; set flag profiling.trace before function()");
  }
}

TEST(Profile, is_kept_only_when_asked_for) {
  const Variable x = vec("x");
  const auto f = function({x}, add(x, x));
  EXPECT_EQ(
      error_of<ValueError>([&] { f.profile(); }),
      "function: it keeps no profile; pass profile = true to function(), or set flag profile");
  EXPECT_EQ(list(f(array({2.})).only()), (List{4}));
}

TEST(Profile, a_trace_is_json_with_an_event_for_every_run_of_a_node) {
  const Variable x = vec("the \"x\"");
  const std::string path =
      (std::filesystem::temp_directory_path() / ("kroton_trace_" + std::to_string(getpid())))
          .string();
  base::set_flag("profiling.trace", path);
  testing::internal::CaptureStderr();
  {
    const auto f = function({x}, mul(add(x, x), x), {.mode = Mode("vm", "None"), .name = "traced"});
    base::set_flag("profiling.trace", "");
    f(array({1.}));
    f(array({2.}));
    EXPECT_EQ(f.profile().events.size(), 6u);
    f.profile().write_trace(path);
  }
  testing::internal::GetCapturedStderr();
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  Json json(text.str());
  EXPECT_TRUE(json.is_right()) << text.str();
  ASSERT_EQ(json.names.size(), 6u) << text.str();
  EXPECT_EQ(std::count(json.names.begin(), json.names.end(), "function 'traced'"), 2);
  EXPECT_EQ(std::count(json.names.begin(), json.names.end(), "add(the \"x\", the \"x\")"), 2);
}
}  // namespace
