// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/formats.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"

using namespace kroton;
using archive::Reader, archive::Writer;

namespace {
Value through(const Value& value) {
  Writer w;
  archive::write_value(w, value, "f");
  Reader r(w.bytes(), "f");
  Value back = archive::read_value(r);
  r.expect_end();
  return back;
}
std::shared_ptr<const Type> through(const Type& type) {
  Writer w;
  archive::write_type(w, type, "f");
  Reader r(w.bytes(), "f");
  auto back = archive::read_type_format(r).read(r);
  r.expect_end();
  return back;
}
struct Mine {};
}  // namespace

TEST(ArchiveFormats, values_come_back_as_they_were) {
  EXPECT_TRUE(through(Value()).empty());
  EXPECT_EQ(through(Value("text")).as<std::string>(), "text");
  EXPECT_EQ(through(Value(2)).as<int>(), 2);
  EXPECT_EQ(through(Value(2.5f)).as<float>(), 2.5f);
  EXPECT_EQ(through(Value(true)).as<bool>(), true);
  EXPECT_EQ(through(Value(std::complex<double>(1, 2))).as<std::complex<double>>(),
            std::complex<double>(1, 2));
  for (const char* dtype :
       {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
        "bfloat16", "float32", "float64", "complex64", "complex128"}) {
    const NDArray a = NDArray::arange(6).reshape({2, 3}).astype(kroton::dtype(dtype));
    const NDArray b = through(Value(a)).as<NDArray>();
    EXPECT_EQ(b.dtype(), a.dtype());
    EXPECT_TRUE(tensor::TensorType(a.dtype(), {false, false}).values_eq(a, b)) << dtype;
  }
}

TEST(ArchiveFormats, types_come_back_as_they_were) {
  const tensor::TensorType row(float32, {true, false}, "mine");
  EXPECT_EQ(*through(row), row);
  EXPECT_EQ(through(row)->text(), "mine");
  EXPECT_EQ(*through(Generic()), Generic());
}

TEST(ArchiveFormats, what_has_no_format_is_named) {
  Writer w;
  CHECK_ERROR(TypeError, archive::write_value(w, Value::object(Mine{}), "a.kroton"),
              "save: 'a.kroton': the value is " + Value::object(Mine{}).text() +
                  ", which cannot be written to a file; arrays, numbers and strings can");
  CHECK_ERROR(TypeError, archive::write_type(w, tensor::Scalar(float32), "a.kroton"),
              "save: 'a.kroton': the type is " + tensor::Scalar(float32).text() +
                  ", which cannot be written to a file; those of arrays and Generic can");
  Writer foreign;
  foreign.text("Hologram");
  Reader r(foreign.bytes(), "a.kroton");
  CHECK_ERROR(ValueError, archive::read_value(r),
              "restore: 'a.kroton' holds a value of kind 'Hologram', which this Kroton does not "
              "know; use a newer one");
  EXPECT_EQ(through(Value(2)).as<int>(), 2);
}
