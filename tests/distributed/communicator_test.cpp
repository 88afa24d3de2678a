// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/communicator.h"

#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/distributed/loopback.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::distributed;

namespace {
// Memory that holds every byte flipped, as a device would hold it in its own way.
void flip(void* to, const void* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    static_cast<unsigned char*>(to)[i] =
        static_cast<unsigned char>(~static_cast<const unsigned char*>(from)[i]);
}
const MemoryKind flipped{"flipped", &flip, &flip};
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
    NDArray bytes = array<std::uint8_t>({1, 2, 3});
    if (world()->rank() == 0) {
      Block block = block_of(bytes);
      block.kind = &flipped;
      finish(*world(), *world()->send(block, 1, 0), "send");
      finish(*world(), *world()->send(block_of(bytes), 1, 0), "send");
    } else {
      finish(*world(), *world()->receive(block_of(bytes), 0, 0), "receive");
      EXPECT_EQ(bytes.to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{254, 253, 252}));
      Block block = block_of(bytes);
      block.kind = &flipped;
      finish(*world(), *world()->receive(block, 0, 0), "receive");
      EXPECT_EQ(bytes.to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{254, 253, 252}));
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
