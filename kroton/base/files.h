// SPDX-License-Identifier: BSD-3-Clause
// Files as a cache needs them: read whole, written so that a reader sees the old or the new content
// and never a part, with a private folder and an identity that tells a changed file.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::base {
// Error "PATH: No such file or directory" with the system's reason.
KROTON_API std::string read_file(const std::string& path);
// Nothing when it cannot be read.
KROTON_API std::optional<std::string> try_read_file(const std::string& path);

struct WriteOptions {
  unsigned permissions = 0600;
  bool durable = false;  // fsync file and folder: survives a power cut
};
// A temporary beside the file, then rename. Error with the system's reason; no temporary is left.
KROTON_API void write_file(const std::string& path, std::string_view bytes,
                           WriteOptions options = {});
// Makes the folder and those above it, readable by the owner alone (0700). Error when it cannot.
KROTON_API void make_private_folder(const std::string& path);

// Which content a path stands for at the moment: differs after the file was replaced or changed.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0, modified_ns = 0;
  auto operator<=>(const FileIdentity&) const = default;
};
KROTON_API std::optional<FileIdentity> file_identity(const std::string& path);

// $NAME, or nothing when it is unset or empty.
KROTON_API std::optional<std::string> environment(const char* name);
// "/a" + "b" -> "/a/b"; "b" alone when it is absolute.
KROTON_API std::string path_join(std::string_view folder, std::string_view name);
}  // namespace kroton::base
