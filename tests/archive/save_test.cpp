// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/save.h"

#include <cstring>
#include <filesystem>

#include "kroton/archive/stream.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/hash.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/type.h"
#include "tests/archive/folder.h"
#include "tests/support/check_error.h"

using namespace kroton;
using archive::restore, archive::restore_shared, archive::save;

namespace {
using Doubles = std::vector<double>;
Doubles list(const NDArray& a) { return a.astype(float64).to_vector<double>(); }
}  // namespace

TEST(Archive, C4_22_a_shared_variable_comes_back_whole) {
  const Folder folder;
  const std::string path = folder / "w.kroton";
  SharedVariable w =
      shared(array({1., 2.}, {1, 2}), "w",
             {.broadcastable = {true, false}, .strict = true, .allow_downcast = false});
  save(path, w);
  w.set_value(array({9., 9.}, {1, 2}));
  SharedVariable back = restore_shared(path);
  EXPECT_EQ(back.name(), "w");
  EXPECT_EQ(back.type(), w.type());
  EXPECT_EQ(list(back.get_value()), (Doubles{1, 2}));
  EXPECT_TRUE(back.container().strict);
  EXPECT_EQ(back.container().allow_downcast, false);
  EXPECT_EQ(list(function({}, back * 2)()), (Doubles{2, 4}));
  save(path, w);  // over the old one
  EXPECT_EQ(list(restore_shared(path).get_value()), (Doubles{9, 9}));
  save(path, shared("text", "s"));
  EXPECT_EQ(restore_shared(path).get_value().as<std::string>(), "text");
}

TEST(Archive, an_array_comes_back) {
  const Folder folder;
  save(folder / "a", array<float>({1, 2, 3}));
  const NDArray a = restore(folder / "a");
  EXPECT_EQ(a.dtype(), float32);
  save(folder / "n", Value(2));
  EXPECT_EQ(restore(folder / "n").as<int>(), 2);
  EXPECT_EQ(list(a), (Doubles{1, 2, 3}));
}

TEST(Archive, C6_10_a_missing_a_foreign_and_the_wrong_file_are_named) {
  const Folder folder;
  const std::string path = folder / "a.kroton";
  CHECK_ERROR(Error, restore(path),
              "restore: '" + path +
                  "' cannot be opened: "
                  "No such file or directory; give the path of a file that save() wrote");
  std::filesystem::create_directory(path);
  CHECK_ERROR(Error, restore_shared(path),
              "restore: '" + path +
                  "' cannot be opened: "
                  "Is a directory; give the path of a file that save() wrote");
  std::filesystem::remove(path);
  base::write_file(path, "\x93NUMPY something else");
  CHECK_ERROR(
      ValueError, restore(path),
      "restore: '" + path + "' is no archive of Kroton; give the path of a file that save() wrote");
  save(path, array({1., 2.}));
  CHECK_ERROR(ValueError, restore_shared(path),
              "restore: '" + path + "' holds a value; use restore");
  save(path, shared(array({1., 2.})));
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path + "' holds a shared variable; use restore_shared");
  EXPECT_EQ(list(restore_shared(path).get_value()), (Doubles{1, 2}));
  const std::string nowhere = folder / "no/such/folder.kroton";
  try {
    save(nowhere, array({1.}));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("save: '" + nowhere + "' cannot be written: "), 0u)
        << error.what();
  }
}

TEST(Archive, C6_10_every_damaged_byte_is_noticed) {
  const Folder folder;
  const std::string path = folder / "a.kroton";
  save(path, array({1., 2., 3.}));
  const std::string whole = base::read_file(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    base::write_file(path, damaged);
    try {
      restore(path);
      ADD_FAILURE() << "byte " << i;
    } catch (const ValueError& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
    base::write_file(path, whole.substr(0, i));
    EXPECT_THROW(restore(path), ValueError) << "cut at " << i;
  }
  base::write_file(path, whole + "more");
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path + "' is damaged: its content has " +
                  std::to_string(whole.size() - 32 + 4) + " bytes and should have " +
                  std::to_string(whole.size() - 32) + "; take a copy of it that is whole");
  std::string changed = whole;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  base::write_file(path, changed);
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path +
                  "' is damaged: its content is not what was written; take a copy of it that is "
                  "whole");
  base::write_file(path, whole);
  EXPECT_EQ(list(restore(path)), (Doubles{1, 2, 3}));
}

TEST(Archive, a_later_version_and_unknown_contents_are_told_apart_from_damage) {
  const Folder folder;
  const std::string path = folder / "a.kroton";
  const auto file = [&](std::int64_t version, const std::string& content) {
    archive::Writer head;
    head.number(version);
    head.number(static_cast<std::int64_t>(content.size()));
    head.number(static_cast<std::int64_t>(base::hash64(content)));
    base::write_file(path, "\x93KROTON\n" + head.bytes() + content);
  };
  archive::Writer graph;
  graph.text("graph");
  file(1, graph.bytes());
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path + "' holds 'graph'; use the Kroton that wrote it");
  archive::Writer unfit;  // a shared scalar whose value is a vector
  for (const char* word : {"shared", "w", "TensorType", "float64"}) unfit.text(word);
  unfit.flags({});
  unfit.text("");
  unfit.flag(true);
  unfit.number(0);
  unfit.text("array");
  unfit.array(array({1., 2.}));
  file(1, unfit.bytes());
  CHECK_ERROR(
      ValueError, restore_shared(path),
      "restore: '" + path +
          "' is damaged: its value does not have its type (TensorType(float64, scalar): the "
          "value has 1 dimensions, shape (2,); 0 are needed); take a copy of it that is whole");
  file(2, graph.bytes());
  CHECK_ERROR(ValueError, restore(path),
              "restore: '" + path +
                  "' has version 2 of the format and this Kroton reads version 1; use the Kroton "
                  "that wrote it");
}
