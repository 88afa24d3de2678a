// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/object_loader.h"

#include <random>

#include "tests/jit/fixture.h"

namespace kroton::jit {
namespace {
class ObjectLoader : public Jit {
 protected:
  void SetUp() override {
    Jit::SetUp();
#if !defined(__x86_64__)
    GTEST_SKIP() << "the object loader is for x86-64";
#endif
    KROTON_NEED_SYSTEM_COMPILER;
  }
  static std::string object_of(const std::string& text, std::vector<std::string> flags = {}) {
    return make_system_compiler(find_system_compiler())
        ->build({.text = text, .flags = flags, .label = "t"})
        .object;
  }
  static void* nothing(const std::string&) { return nullptr; }
};

TEST_F(ObjectLoader, loads_code_that_stands_alone) {
  LoadedObject code(object_of("static int k = 3; int f(int x) { return x * k++; } int hidden_not;"),
                    nothing, "t");
  auto f = reinterpret_cast<int (*)(int)>(code.symbol("f"));
  EXPECT_EQ(f(5), 15);
  EXPECT_EQ(f(5), 20);
  EXPECT_EQ(code.symbol("k"), nullptr);
  EXPECT_NE(code.symbol("hidden_not"), nullptr);
}

TEST_F(ObjectLoader, a_weak_symbol_may_be_missing_and_others_may_not) {
  LoadedObject code(
      object_of("__attribute__((weak)) int g(void); int f(void) { return g ? g() : 7; }"), nothing,
      "t");
  EXPECT_EQ(reinterpret_cast<int (*)()>(code.symbol("f"))(), 7);
  std::string object = object_of("int g(void); int f(void) { return g(); }");
  EXPECT_EQ(
      error_of([&] { LoadedObject(object, nothing, "label"); }),
      "label: symbol 'g' is used and nowhere defined; define it or name the library that does");
}

TEST_F(ObjectLoader, outside_functions_are_reached_however_far_they_are) {
  static int calls = 0;
  std::string object =
      object_of("int g(int); int (*pointer)(int) = g; int f(int x) { return g(x) + pointer(x); }");
  LoadedObject code(
      object,
      [](const std::string& name) -> void* {
        return name == "g" ? reinterpret_cast<void*>(+[](int x) { return ++calls, x + 1; })
                           : nullptr;
      },
      "t");
  EXPECT_EQ(reinterpret_cast<int (*)(int)>(code.symbol("f"))(1), 4);
  EXPECT_EQ(calls, 2);
}

TEST_F(ObjectLoader, what_it_does_not_know_is_refused) {
  EXPECT_THROW(LoadedObject(object_of("__thread int x; int f(void) { return x; }"), nothing, "t"),
               UnsupportedError);
  EXPECT_THROW(LoadedObject("", nothing, "t"), UnsupportedError);
  EXPECT_EQ(error_of([] { LoadedObject(std::string(100, 'x'), nothing, "t"); }),
            "object loader: this is no relocatable 64-bit ELF object; the compiler's own linker "
            "has to load it");
}

TEST_F(ObjectLoader, a_truncated_object_is_refused) {
  std::string object =
      object_of("static const double t[] = {1, 2}; double f(int i) { return t[i]; }");
  for (std::size_t n = 0; n < object.size(); n += 7)
    EXPECT_THROW(LoadedObject(object.substr(0, n), nothing, "t"), Error) << n;
}

TEST_F(ObjectLoader, a_damaged_object_never_crashes_the_loader) {
  std::string object = object_of(
      "double g(double); static const double t[] = {1, 2}; double f(int i) { return g(t[i]); }");
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = object;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      LoadedObject code(damaged, nothing, "t");
    } catch (const Error&) {
    }
  }
}

TEST_F(ObjectLoader, code_is_not_writable_and_data_is_not_executable) {
  LoadedObject code(object_of("int x = 1; int f(void) { return x; }"), nothing, "t");
  auto* f = static_cast<unsigned char*>(code.symbol("f"));
  EXPECT_DEATH(
      {
        *f = 0xc3;
        std::exit(0);
      },
      "");
  auto x = reinterpret_cast<void (*)()>(code.symbol("x"));
  EXPECT_DEATH(
      {
        x();
        std::exit(0);
      },
      "");
}
}  // namespace
}  // namespace kroton::jit
