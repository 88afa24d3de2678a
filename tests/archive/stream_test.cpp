// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/stream.h"

#include "kroton/base/errors.h"
#include "tests/support/check_error.h"

using namespace kroton;
using archive::Reader, archive::Writer;

TEST(ArchiveStream, is_little_endian_with_lengths_in_front) {
  Writer w;
  w.number(258);
  w.text("ab");
  EXPECT_EQ(w.bytes(), std::string("\2\1\0\0\0\0\0\0\2\0\0\0\0\0\0\0ab", 18));
}

TEST(ArchiveStream, reads_what_was_written) {
  Writer w;
  w.number(-7);
  w.flags({true, false});
  w.text(std::string("a\0b", 3));
  w.array(array({1.5, 2.5, 3.5, 4.5}, {2, 2}).transpose());
  w.array(NDArray::zeros({0, 3}, float16));
  Reader r(w.bytes(), "f");
  EXPECT_EQ(r.number(), -7);
  EXPECT_EQ(r.flags(), (std::vector<bool>{true, false}));
  EXPECT_EQ(r.text(), std::string("a\0b", 3));
  const NDArray a = r.array();
  EXPECT_EQ(a.to_vector<double>(), (std::vector<double>{1.5, 3.5, 2.5, 4.5}));
  const NDArray none = r.array();
  EXPECT_EQ(none.shape(), (Shape{0, 3}));
  EXPECT_EQ(none.dtype(), float16);
  r.expect_end();
}

TEST(ArchiveStream, C6_10_what_does_not_fit_is_named) {
  const auto of = [](auto write) {
    Writer w;
    write(w);
    return w.bytes();
  };
  const auto read_from = [](const std::string& bytes, auto read) {
    Reader r(bytes, "a.kroton");
    return read(r);
  };
  CHECK_ERROR(
      ValueError, read_from("1234", [](Reader& r) { return r.number(); }),
      "restore: 'a.kroton' is damaged: 8 bytes are announced and 4 are left; take a copy of "
      "it that is whole");
  CHECK_ERROR(
      ValueError,
      read_from(of([](Writer& w) { w.number(1000); }), [](Reader& r) { return r.text(); }),
      "restore: 'a.kroton' is damaged: 1000 bytes are announced and 0 are left; take a copy "
      "of it that is whole");
  CHECK_ERROR(ValueError,
              read_from(of([](Writer& w) { w.number(2); }), [](Reader& r) { return r.flag(); }),
              "restore: 'a.kroton' is damaged: a yes or no is 2; take a copy of it that is whole");
  CHECK_ERROR(ValueError,
              read_from(of([](Writer& w) { w.number(-1); }), [](Reader& r) { return r.flags(); }),
              "restore: 'a.kroton' is damaged: -1 axes are announced; take a copy of it that is "
              "whole");
  CHECK_ERROR(ValueError,
              read_from(of([](Writer& w) { w.text("int7"); }), [](Reader& r) { return r.dtype(); }),
              "restore: 'a.kroton' is damaged: it names a dtype 'int7'; take a copy of it that is "
              "whole");
  std::string truths = of([](Writer& w) { w.array(array<bool>({true, false})); });
  truths.back() = 7;
  CHECK_ERROR(ValueError, read_from(truths, [](Reader& r) { return r.array().size(); }),
              "restore: 'a.kroton' is damaged: a yes or no is 7; take a copy of it that is whole");
  const std::string endless = of([](Writer& w) {
    w.text("float64");
    w.number(2);
    w.number(std::int64_t{1} << 40);
    w.number(std::int64_t{1} << 40);
  });
  CHECK_ERROR(ValueError, read_from(endless, [](Reader& r) { return r.array().size(); }),
              "restore: 'a.kroton' is damaged: it announces an array of shape (1099511627776, "
              "1099511627776); take a copy of it that is whole");
  CHECK_ERROR(ValueError, Reader("x", "a.kroton").expect_end(),
              "restore: 'a.kroton' is damaged: 1 bytes are left at its end; take a copy of it that "
              "is whole");
  EXPECT_EQ(read_from(of([](Writer& w) { w.text("ok"); }), [](Reader& r) { return r.text(); }),
            "ok");
}
