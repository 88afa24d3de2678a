// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/save.h"

#include <cstring>

#include "kroton/archive/formats.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/hash.h"
#include "kroton/base/text.h"

namespace kroton::archive {
namespace {
constexpr std::string_view magic = "\x93KROTON\n";
constexpr std::int64_t file_version = 1;
constexpr std::size_t head_size = 8 + 3 * sizeof(std::int64_t);  // magic, version, length, hash

std::int64_t hash_of(std::string_view content) {
  return static_cast<std::int64_t>(base::hash64(content));
}

// What the system said, without the path that stands in our texts already.
std::string reason(const std::string& path, const Error& error) {
  const std::string text = error.what();
  return text.starts_with(path + ": ") ? text.substr(path.size() + 2) : text;
}

void write(const std::string& path, const Writer& content) {
  Writer head;
  head.number(file_version);
  head.number(static_cast<std::int64_t>(content.bytes().size()));
  head.number(hash_of(content.bytes()));
  try {
    base::write_file(path, std::string(magic) + head.bytes() + content.bytes(),
                     {.permissions = 0644});
  } catch (const Error& error) {
    throw Error("save: " + base::quote(path) + " cannot be written: " + reason(path, error) +
                "; give a path in a folder that can be written to");
  }
}

// The file's bytes, with a reader that stands at the beginning of its content.
struct File {
  explicit File(const std::string& path) : bytes(read(path)), reader(content(path), path) {}
  std::string bytes;
  Reader reader;

 private:
  static std::string read(const std::string& path) {
    try {
      return base::read_file(path);
    } catch (const Error& error) {
      throw Error("restore: " + base::quote(path) + " cannot be opened: " + reason(path, error) +
                  "; give the path of a file that save() wrote");
    }
  }
  std::string_view content(const std::string& path) const {
    const std::string_view all = bytes;
    if (!all.starts_with(magic)) {
      throw ValueError("restore: " + base::quote(path) +
                       " is no archive of Kroton; give the path of a file that save() wrote");
    }
    Reader head(all.substr(magic.size()), path);
    const std::int64_t version = head.number(), length = head.number(), hash = head.number();
    if (version > file_version || version < 1) {
      throw ValueError("restore: " + base::quote(path) + " has version " + std::to_string(version) +
                       " of the format and this Kroton reads version " +
                       std::to_string(file_version) + "; use the Kroton that wrote it");
    }
    const std::string_view rest = all.substr(head_size);
    if (length < 0 || static_cast<std::uint64_t>(length) != rest.size()) {
      head.damaged("its content has " + std::to_string(rest.size()) + " bytes and should have " +
                   std::to_string(length));
    }
    if (hash_of(rest) != hash) head.damaged("its content is not what was written");
    return rest;
  }
};

void expect(Reader& reader, const std::string& wanted) {
  const std::string held = reader.text();
  if (held == wanted) return;
  const bool known = held == "value" || held == "shared";
  throw ValueError("restore: " + base::quote(reader.path()) + " holds " +
                   (held == "shared"  ? "a shared variable"
                    : held == "value" ? "a value"
                                      : base::quote(held)) +
                   (!known             ? "; use the Kroton that wrote it"
                    : held == "shared" ? "; use restore_shared"
                                       : "; use restore"));
}
}  // namespace

void save(const std::string& path, const Value& value) {
  Writer content;
  content.text("value");
  write_value(content, value, path);
  write(path, content);
}
void save(const std::string& path, const NDArray& array) { save(path, Value(array)); }

void save(const std::string& path, const SharedVariable& shared) {
  const SharedContainer& held = shared.container();
  Writer content;
  content.text("shared");
  content.text(shared.name());
  write_type(content, shared.type(), path);
  content.flag(held.strict);
  content.number(held.allow_downcast ? (*held.allow_downcast ? 1 : 0) : -1);
  write_value(content, shared.get_value(false, true), path);
  write(path, content);
}

Value restore(const std::string& path) {
  File file(path);
  expect(file.reader, "value");
  Value value = read_value(file.reader);
  file.reader.expect_end();
  return value;
}

SharedVariable restore_shared(const std::string& path) {
  File file(path);
  Reader& reader = file.reader;
  expect(reader, "shared");
  SharedParts parts;
  parts.name = reader.text();
  const TypeFormat& format = read_type_format(reader);
  const std::shared_ptr<const Type> type = format.read(reader);
  parts.strict = reader.flag();
  const std::int64_t downcast = reader.number();
  if (downcast < -1 || downcast > 1)
    reader.damaged("allow_downcast is " + std::to_string(downcast));
  if (downcast >= 0) parts.allow_downcast = downcast == 1;
  parts.value = read_value(reader);
  reader.expect_end();
  try {
    if (format.make_shared) return format.make_shared(*type, parts);
    return SharedVariable(parts.name, *type, parts.value, parts.strict, parts.allow_downcast);
  } catch (const TypeError& error) {
    reader.damaged("its value does not have its type (" + std::string(error.what()) + ")");
  }
}
}  // namespace kroton::archive
