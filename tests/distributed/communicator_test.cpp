// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/communicator.h"

#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/distributed/loopback.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::distributed;

namespace {
// Bytes in memory that holds every one of them flipped, as a device would hold them in its own way.
struct Flipped {
  std::shared_ptr<std::vector<std::uint8_t>> bytes;
  friend const ValueKind& value_kind(const Flipped&) {
    static const ArrayElsewhere elsewhere{
        .shape = [](const void* a) { return Shape{static_cast<std::int64_t>(of(a).size())}; },
        .dtype = [](const void*) { return uint8; },
        .to_host = [](const void* a) { return array(turned(of(a))); },
        .write = [](const void* a,
                    const NDArray& v) { of(a) = turned(v.to_vector<std::uint8_t>()); },
        .part = nullptr,
        .address = [](const void*) -> void* { return nullptr; }};
    static const ValueKind kind{
        .name = "Flipped", .type = &typeid(Flipped), .elsewhere = &elsewhere};
    return kind;
  }
  static std::vector<std::uint8_t>& of(const void* a) {
    return *static_cast<const Flipped*>(a)->bytes;
  }
  static std::vector<std::uint8_t> turned(std::vector<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(~byte);
    return bytes;
  }
};
Flipped flipped(std::vector<std::uint8_t> bytes) {
  return {std::make_shared<std::vector<std::uint8_t>>(std::move(bytes))};
}
}  // namespace

TEST(Communicator, a_label_knows_its_bytes_and_text) {
  EXPECT_EQ((Label{float32, {2, 3}}.bytes()), 24u);
  EXPECT_EQ((Label{complex128, {}}.bytes()), 16u);
  EXPECT_EQ((Label{int8, {5, 0}}.bytes()), 0u);
  EXPECT_EQ((Label{bfloat16, {4}}.text()), "bfloat16 (4,)");
}

TEST(Communicator, a_block_of_an_array_with_gaps_is_a_copy) {
  const NDArray whole = NDArray::arange(6).reshape({2, 3});
  EXPECT_EQ(block_of(whole).data, whole.raw());
  const Block turned = block_of(whole.transpose());
  EXPECT_NE(turned.data, whole.raw());
  EXPECT_EQ(turned.label.shape, (Shape{3, 2}));
  EXPECT_EQ(static_cast<const std::int64_t*>(turned.data)[1], 3);
}

TEST(Communicator, memory_that_is_not_the_hosts_is_staged) {
  loopback(2, [] {
    const std::vector<std::uint8_t> plain{1, 2, 3}, other{254, 253, 252};
    if (world()->rank() == 0) {
      finish(*world(), *world()->send(block_of(flipped(plain)), 1, 0), "send");
      finish(*world(), *world()->send(block_of(array(plain)), 1, 0), "send");
    } else {
      const NDArray here = array(plain);
      finish(*world(), *world()->receive(block_of(here), 0, 0), "receive");
      EXPECT_EQ(here.to_vector<std::uint8_t>(), other);
      const Flipped there = flipped({0, 0, 0});
      const auto message = world()->receive(block_of(there), 0, 0);
      finish(*world(), *message, "receive");
      EXPECT_EQ(*there.bytes, other);
      // Once: what is written there afterwards stays.
      *there.bytes = plain;
      finish(*world(), *message, "receive");
      EXPECT_EQ(*there.bytes, plain);
    }
  });
}

TEST(Communicator, names_ranks_and_tags_that_are_not_there) {
  loopback(1, [] {
    const NDArray x = array({1.});
    CHECK_ERROR(CommunicationError, world()->send(block_of(x), 1, 0),
                "send: there is no rank 1; loopback has 1 rank, 0 to 0");
    CHECK_ERROR(CommunicationError, world()->receive(block_of(x), 0, -1),
                "receive: the tag is -1; loopback takes 0 to 2147483647");
    const auto message = world()->receive(block_of(x), 0, 0);
    world()->send(block_of(array({2.})), 0, 0);
    EXPECT_TRUE(message->is_done());
    EXPECT_EQ(x.item<double>(), 2);
  });
}
