// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/stream.h"

#include <bit>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::archive {
static_assert(std::endian::native == std::endian::little);

void Writer::number(std::int64_t value) {
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void Writer::flags(const std::vector<bool>& values) {
  number(static_cast<std::int64_t>(values.size()));
  for (const bool value : values) flag(value);
}
void Writer::text(std::string_view value) {
  number(static_cast<std::int64_t>(value.size()));
  bytes_.append(value);
}
void Writer::array(const NDArray& value) {
  const NDArray a = value.is_c_contiguous() ? value : value.copy();
  dtype(a.dtype());
  number(static_cast<std::int64_t>(a.ndim()));
  for (const std::int64_t length : a.shape()) number(length);
  bytes_.append(static_cast<const char*>(a.raw()), a.nbytes());
}

std::string_view Reader::take(std::uint64_t count) {
  if (count > rest_.size()) {
    damaged(std::to_string(count) + " bytes are announced and " + std::to_string(rest_.size()) +
            " are left");
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}
std::int64_t Reader::number() {
  std::int64_t value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}
bool Reader::flag() {
  const std::int64_t value = number();
  if (value != 0 && value != 1) damaged("a yes or no is " + std::to_string(value));
  return value == 1;
}
std::vector<bool> Reader::flags() {
  const std::int64_t count = number();
  if (count < 0 || count > 64) damaged(std::to_string(count) + " axes are announced");
  std::vector<bool> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(flag());
  return values;
}
std::string Reader::text() { return std::string(take(static_cast<std::uint64_t>(number()))); }
DType Reader::dtype() {
  const std::string word = text();
  try {
    return kroton::dtype(word);
  } catch (const ValueError&) {
    damaged("it names a dtype " + base::quote(word));
  }
}
NDArray Reader::array() {
  const DType type = dtype();
  const std::int64_t rank = number();
  if (rank < 0 || rank > 64) damaged(std::to_string(rank) + " axes are announced");
  Shape shape;
  for (std::int64_t i = 0; i < rank; ++i) shape.push_back(number());
  std::int64_t count = 0;
  try {
    count = element_count(shape.data(), shape.size(), itemsize(type), "restore");
  } catch (const Error&) {
    damaged("it announces an array of shape " + shape_text(shape));
  }
  const std::string_view from = take(static_cast<std::uint64_t>(count) * itemsize(type));
  if (type == bool_) {
    for (const char byte : from) {
      if (byte != 0 && byte != 1) damaged("a yes or no is " + std::to_string(byte));
    }
  }
  NDArray value = NDArray::empty(shape, type);
  if (!from.empty()) std::memcpy(value.raw(), from.data(), from.size());
  return value;
}
void Reader::expect_end() const {
  if (!rest_.empty()) damaged(std::to_string(rest_.size()) + " bytes are left at its end");
}
void Reader::damaged(const std::string& fact) const {
  throw ValueError("restore: " + base::quote(path_) + " is damaged: " + fact +
                   "; take a copy of it that is whole");
}
}  // namespace kroton::archive
