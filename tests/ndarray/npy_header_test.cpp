// SPDX-License-Identifier: BSD-3-Clause
// C1.6 and C1.7: the dict in front of the data.
#include "bad_file.h"

namespace kroton {
TEST(NpyHeader, headers_of_other_writers_are_understood) {
  const Scratch scratch;
  const auto read = [&](const std::string& header) {
    const std::string bytes = std::string("\x93NUMPY\x01\x00", 8) +
                              static_cast<char>(header.size()) + '\0' + header +
                              std::string(48, '\1');
    return load_npy(scratch.write("a.npy", bytes));
  };
  for (const char* header :
       {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
        "{\"shape\":(2L,3L),\"descr\":\"<i4\",\"fortran_order\":False}",
        "  {\n'fortran_order' : False ,\t'shape' : ( 2 , 3 , ) , u'descr' : u'i4' , }  \n\n",
        "{'descr': '=i4', 'fortran_order': False, 'shape': (2,3)}",
        "{'descr': 'int32', 'fortran_order': False, 'shape': (2,3)}"}) {
    const NDArray a = read(header);
    EXPECT_EQ(a.shape(), (Shape{2, 3})) << header;
    EXPECT_EQ(a.dtype(), int32) << header;
    EXPECT_EQ(a.at<std::int32_t>({1, 2}), 0x01010101) << header;
  }
  EXPECT_TRUE(read("{'descr': '|b1', 'fortran_order': False, 'shape': (10L,)}").at<bool>({9}));
  EXPECT_EQ(read("{'descr': '<u2', 'fortran_order': True, 'shape': ()}").item<int>(), 0x0101);
}
TEST(NpyHeader, C1_6_objects_structures_and_foreign_dtypes) {
  const Scratch scratch;
  expect_bad(reference("npy/objects.npy"),
             "holds Python objects; only arrays of plain numbers can be read");
  expect_bad(reference("npy/fields.npy"),
             "holds a structured dtype; only arrays of plain numbers can be read");
  expect_bad(reference("npy/text.npy"),
             "holds dtype '<U5', which is no DType; only arrays of plain numbers can be read");
  expect_bad(scratch.write("a.npy", with_header(dict("('<f4', (2,))", "(1,)"))),
             "holds a structured dtype; only arrays of plain numbers can be read");
  for (const std::string descr : {"<f16", "<M8[s]", "|V3", "f", "", "<", "<i3", ">f80"}) {
    expect_bad(
        scratch.write("b.npy", with_header(dict("'" + descr + "'", "(1,)"))),
        "holds dtype '" + descr + "', which is no DType; only arrays of plain numbers can be read");
  }
}
TEST(NpyHeader, C1_6_a_shape_that_overflows) {
  const Scratch scratch;
  const auto shape = [&](const std::string& text) {
    return scratch.write("a.npy", with_header(dict("'<f8'", text)));
  };
  expect_bad(shape("(4294967296, 4294967296)"),
             "has shape (4294967296, 4294967296) of float64, more than 2**63 bytes; the header is "
             "damaged");
  expect_bad(
      shape("(4611686018427387904, 0, 4611686018427387904)"),
      "has shape (4611686018427387904, 0, 4611686018427387904) of float64, more than 2**63 bytes; "
      "the header is damaged");
  expect_bad(shape("(1000000000000000000,)"),
             "holds 64 bytes of data, shape (1000000000000000000,) of float64 takes "
             "8000000000000000000; the file is truncated");
  std::string axes = "(";
  for (int i = 0; i < 65; ++i) axes += "1,";
  expect_bad(shape(axes + ")"), "has 65 dimensions; an array has at most 64");
}
TEST(NpyHeader, C1_6_damaged_headers) {
  const Scratch scratch;
  const std::pair<std::string, std::string> cases[] = {
      {"", "expected '{' at character 0"},
      {"[1]", "expected '{' at character 0"},
      {"{", "expected a string at character 1"},
      {"{}", "no key 'descr' at character 2"},
      {"{'descr': '<f8', 'shape': (1,)}", "no key 'fortran_order' at character 31"},
      {"{'descr': '<f8', 'fortran_order': True}", "no key 'shape' at character 39"},
      {"{'descr': '<f8', 'fortran_order': 1, 'shape': (1,)}",
       "expected True or False at character 34"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (1,)", "expected '}' at character 53"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (1,)} x",
       "text behind the dict at character 55"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': 3}", "expected '(' at character 49"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (3)}",
       "a shape that is no tuple at character 52"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (-3,)}",
       "a negative length at character 52"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (3.5,)}", "expected ')' at character 51"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (x,)}",
       "expected a length at character 50"},
      {"{'descr': '<f8', 'fortran_order': True, 'shape': (99999999999999999999,)}",
       "a length beyond int64 at character 50"},
      {"{'descr': '<f8, 'fortran_order': True}", "expected '}' at character 17"},
      {"{'descr': 8}", "expected a string at character 10"},
      {"{'descr' '<f8'}", "expected ':' at character 9"},
      {"{'descr: <f8}", "a string without end at character 2"},
      {"{'color': 'red'}", "unknown key 'color' at character 9"},
  };
  for (const auto& [header, what] : cases) {
    expect_bad(scratch.write("a.npy", with_header(header)),
               "has a damaged header (" + what +
                   "); the header must be a dict of descr, fortran_order and shape");
  }
}
}  // namespace kroton
