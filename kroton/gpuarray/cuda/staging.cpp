// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/staging.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kroton/base/parallel.h"

namespace kroton::gpuarray::cuda {
namespace {
constexpr unsigned event_without_time = 2;

// One thread does not fill what the bus can take.
void copy_on_host(void* to, const void* from, std::size_t bytes) {
  constexpr std::int64_t grain = 1 << 18;
  base::parallel_for(
      0, static_cast<std::int64_t>(bytes), grain, [&](std::int64_t begin, std::int64_t end) {
        std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                    static_cast<std::size_t>(end - begin));
      });
}
}  // namespace

Staging::Staging(std::shared_ptr<const Api> api, void* stream)
    : api_(std::move(api)), stream_(stream) {}

Staging::~Staging() {
  for (std::size_t i = 0; i < memory_.size(); ++i) {
    if (event_[i]) api_->cuEventDestroy_v2(event_[i]);
    if (memory_[i]) api_->cuMemFreeHost(memory_[i]);
  }
}

bool Staging::ready() {
  for (std::size_t i = 0; i < memory_.size() && !tried_; ++i) {
    if (api_->cuMemHostAlloc(&memory_[i], piece, 0) != 0) memory_[i] = nullptr;
    if (api_->cuEventCreate(&event_[i], event_without_time) != 0) event_[i] = nullptr;
  }
  tried_ = true;
  return memory_[0] && memory_[1] && event_[0] && event_[1];
}

int Staging::write(Address to, const void* from, std::size_t bytes) {
  for (std::size_t done = 0, i = 0; done < bytes; done += piece, i ^= 1) {
    const std::size_t part = std::min(piece, bytes - done);
    // What an earlier transfer put there has gone by then.
    if (const int code = api_->cuEventSynchronize(event_[i])) return code;
    copy_on_host(memory_[i], static_cast<const char*>(from) + done, part);
    if (const int code = api_->cuMemcpyHtoDAsync_v2(to + done, memory_[i], part, stream_))
      return code;
    if (const int code = api_->cuEventRecord(event_[i], stream_)) return code;
  }
  return 0;
}

int Staging::read(void* to, Address from, std::size_t bytes) {
  const auto fetch = [&](std::size_t begin, std::size_t i) {
    const std::size_t part = std::min(piece, bytes - begin);
    const int code = api_->cuMemcpyDtoHAsync_v2(memory_[i], from + begin, part, stream_);
    return code != 0 ? code : api_->cuEventRecord(event_[i], stream_);
  };
  // The stream is in order: what write() left there is read before it is overwritten.
  if (const int code = fetch(0, 0)) return code;
  for (std::size_t done = 0, i = 0; done < bytes; done += piece, i ^= 1) {
    if (done + piece < bytes) {
      if (const int code = fetch(done + piece, i ^ 1)) return code;
    }
    if (const int code = api_->cuEventSynchronize(event_[i])) return code;
    copy_on_host(static_cast<char*>(to) + done, memory_[i], std::min(piece, bytes - done));
  }
  return 0;
}
}  // namespace kroton::gpuarray::cuda
