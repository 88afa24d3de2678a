// SPDX-License-Identifier: BSD-3-Clause
// Bytes by key on disk: kernels, C modules and GPU programs of all processes of a user.
//   ArtifactCache* cache = artifact_cache();           // nullptr: off, or no usable folder
//   auto key = artifact_key("cuda", {source, flags, "sm_90", driver_version});
//   if (auto bytes = cache->find(key)) ...  else cache->store(key, bytes);
// The folder holds code that will run, so it must be the user's own and closed to writing by
// others. No locks: an entry is written beside and renamed; a damaged entry counts as missing and
// goes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::jit {
// `kind` is a short word [a-z0-9_]+ that starts the entry's file name; the parts are hashed with
// their lengths, together with the version of the cache's format.
KROTON_API std::string artifact_key(std::string_view kind,
                                    std::initializer_list<std::string_view> parts);

// The kind of entries of which only the newest version is of use: storing one removes those of the
// same family whose numbers are nowhere greater.
KROTON_API std::string versioned_kind(std::string_view family, const std::vector<int>& version);

class ArtifactCache {
 public:
  struct Entry {
    std::string key;
    std::uint64_t bytes;    // of the file
    std::int64_t last_use;  // seconds since 1970
  };
  struct Stats {
    std::uint64_t entries = 0, bytes = 0;
  };
  struct Verdict {
    std::uint64_t good = 0;
    std::vector<std::string> bad;  // keys whose entry is damaged, now removed
  };

  // Error when the folder is not, or cannot be made, a private folder of this user.
  KROTON_API ArtifactCache(std::string folder, bool read_only, std::uint64_t max_bytes);

  KROTON_API std::optional<std::string> find(const std::string& key);
  // False when it could not be written (said once on stderr): the cache only ever costs time.
  KROTON_API bool store(const std::string& key, std::string_view bytes);
  KROTON_API void remove(const std::string& key);

  KROTON_API std::vector<Entry> list() const;  // most recently used first
  KROTON_API Stats stats() const;
  KROTON_API std::uint64_t clear();  // how many entries went
  KROTON_API Verdict verify();       // reads every entry
  // What was not used for three months, and the least recently used until the size is kept.
  KROTON_API void evict();

  const std::string& folder() const { return folder_; }
  bool read_only() const { return read_only_; }

 private:
  void remove_older(const std::string& key);
  std::string folder_;
  bool read_only_;
  std::uint64_t max_bytes_;
};

// The folder that the flags name: compiledir, $XDG_CACHE_HOME/kroton, ~/.cache/kroton; "" without
// HOME.
KROTON_API std::string artifact_folder();
// The process's cache by the flags cache, compiledir and cache_size_mb; nullptr when off or
// unusable (the reason is said once on stderr).
KROTON_API ArtifactCache* artifact_cache();

namespace detail {
// Reads the flags again at the next use: for tests.
KROTON_API void reset_artifact_cache();
}  // namespace detail
}  // namespace kroton::jit
