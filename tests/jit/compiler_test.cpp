// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/compiler.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "kroton/base/files.h"
#include "tests/jit/fixture.h"

namespace kroton::jit {
namespace {
// Counts what is built, by the best compiler that this machine has.
class Counting final : public Compiler {
 public:
  Counting() {
    std::string plugin = find_plugin(), system = find_system_compiler();
    if (!plugin.empty())
      inner_ = make_plugin_compiler(plugin);
    else if (!system.empty())
      inner_ = make_system_compiler(system);
  }
  bool works() const { return inner_ != nullptr; }
  std::string name() const override { return inner_->name(); }
  Origin origin() const override { return inner_->origin(); }
  std::string identity() const override { return inner_->identity(); }
  Built build(const Source& source) override {
    ++builds;
    return inner_->build(source);
  }
  Module::Lookup load_foreign(const std::string& object, const Source& source) override {
    return inner_->load_foreign(object, source);
  }
  std::atomic<int> builds{0};

 private:
  std::unique_ptr<Compiler> inner_;
};

#define KROTON_NEED_COMPILER(c) \
  if (!(c).works()) GTEST_SKIP() << "there is neither libkroton_jit.so nor a C compiler"

TEST_F(Jit, the_same_text_is_built_once_per_process) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  set("cache", "off");
  fresh();
  auto module = c.compile(adder());
  EXPECT_EQ(module->function<int(int)>("add")(41), 42);
  EXPECT_EQ(c.compile(adder()), module);
  EXPECT_EQ(c.builds, 1);
  EXPECT_EQ(c.compile(adder(2))->function<int(int)>("add")(41), 43);
  EXPECT_EQ(c.builds, 2);
}

TEST_F(Jit, C5_5_a_later_process_finds_the_code_on_disk) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  EXPECT_EQ(c.compile(adder())->origin(), c.origin());
  fresh();
  auto module = c.compile(adder());
  EXPECT_EQ(module->origin(), Origin::cache);
  EXPECT_EQ(module->function<int(int)>("add")(41), 42);
  EXPECT_EQ(c.builds, 1);
  pid_t child = ::fork();
  if (child == 0) {
    fresh();
    auto found = c.compile(adder());
    ::_exit(found->origin() == Origin::cache && found->function<int(int)>("add")(1) == 2 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Jit, C5_5_a_damaged_entry_is_built_again) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  c.compile(adder());
  auto entries = artifact_cache()->list();
  ASSERT_EQ(entries.size(), 1u);
  std::string path = folder_ + "/cache/" + entries[0].key + ".art", whole = base::read_file(path);
  base::write_file(path, whole.substr(0, whole.size() / 2));
  fresh();
  EXPECT_EQ(c.compile(adder())->function<int(int)>("add")(41), 42);
  EXPECT_EQ(c.builds, 2);
  // A whole entry that holds something else than an object.
  artifact_cache()->store(entries[0].key, "\nno object");
  fresh();
  EXPECT_EQ(c.compile(adder())->function<int(int)>("add")(41), 42);
  EXPECT_EQ(c.builds, 3);
  fresh();
  EXPECT_EQ(c.compile(adder())->origin(), Origin::cache);
}

TEST_F(Jit, eight_threads_that_ask_first_get_one_build) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<Module>> modules(8);
  for (std::size_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] { modules[t] = c.compile(adder()); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(c.builds, 1);
  for (auto& module : modules) EXPECT_EQ(module, modules[0]);
}

TEST_F(Jit, eight_threads_build_different_texts_at_the_same_time) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3; ++i)
        if (c.compile(adder(10 * t + i))->function<int(int)>("add")(1) != 10 * t + i + 1) ++wrong;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(c.builds, 24);
}

TEST_F(Jit, a_failed_build_reaches_everybody_who_waits_and_is_tried_again) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  std::atomic<int> errors{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      try {
        c.compile({.text = "int f( {", .symbols = {"f"}, .label = "broken"});
      } catch (const CompileError&) {
        ++errors;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(errors, 4);
  EXPECT_EQ(c.compile(adder())->function<int(int)>("add")(1), 2);
}

TEST_F(Jit, a_changed_header_makes_the_entry_stale) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  base::write_file(folder_ + "/my header.h", "#define N 5\n");
  Source source{.text = "#include \"my header.h\"\nint n(void) { return N; }",
                .symbols = {"n"},
                .flags = {"-I" + folder_},
                .label = "n"};
  EXPECT_EQ(c.compile(source)->function<int()>("n")(), 5);
  fresh();
  EXPECT_EQ(c.compile(source)->origin(), Origin::cache);
  base::write_file(folder_ + "/my header.h", "#define N 67\n");
  fresh();
  EXPECT_EQ(c.compile(source)->function<int()>("n")(), 67);
  EXPECT_EQ(c.builds, 2);
}

TEST_F(Jit, modules_call_what_kroton_provides) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  provide_symbol("kroton_test_twice", reinterpret_cast<const void*>(+[](int x) { return 2 * x; }));
  auto module = c.compile(
      {.text = "int kroton_test_twice(int); int f(int x) { return kroton_test_twice(x) + 1; }",
       .symbols = {"f"},
       .label = "f"});
  EXPECT_EQ(module->function<int(int)>("f")(4), 9);
}

TEST_F(Jit, modules_use_named_libraries) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  Source source{.text = "double cos(double); double f(double x) { return cos(x); }",
                .symbols = {"f"},
                .libraries = {"m"},
                .label = "f"};
  EXPECT_EQ(c.compile(source)->function<double(double)>("f")(0.0), 1.0);
  source.libraries = {"kroton_no_such_library"};
  EXPECT_EQ(error_of([&] { c.compile(source); }).substr(0, 54),
            "f: library 'kroton_no_such_library' cannot be opened: ");
}

TEST_F(Jit, what_is_missing_is_named) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  Source source = adder();
  source.symbols = {"add", "subtract"};
  EXPECT_EQ(error_of([&] { c.compile(source); }),
            "adder: the compiled text does not define 'subtract'");
  EXPECT_EQ(
      error_of([&] {
        c.compile({.text = "int g(int); int f(int x) { return g(x); }",
                   .symbols = {"f"},
                   .label = "caller"});
      }),
      "caller: symbol 'g' is used and nowhere defined; define it or name the library that does");
  EXPECT_EQ(c.compile(adder())->function<int(int)>("add")(1), 2);
}

TEST_F(Jit, the_text_of_kernels_can_be_saved) {
  Counting c;
  KROTON_NEED_COMPILER(c);
  base::FlagScope scope("save_kernels", folder_ + "/texts");
  c.compile(adder(77));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/texts")) {
    EXPECT_EQ(base::read_file(entry.path()), adder(77).text);
    ++files;
  }
  EXPECT_EQ(files, 1);
}
}  // namespace
}  // namespace kroton::jit
