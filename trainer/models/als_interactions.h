// SPDX-License-Identifier: Apache-2.0
// One side of the training matrix on the device where ALS runs: the whole of it, or, where that does not fit, a block
// of rows at a time, copied from the host while the block before is worked on.
#pragma once

#include "kernels/core/device_csr.h"
#include "kernels/core/host_exchange.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace kindred {

class AlsInteractions {
 public:
  // Work on rows [first_row, first_row + block.rows) of the matrix, asked of the context; the block's memory is reused
  // afterwards, in order.
  using Work = std::function<void(const CsrView& block, std::int64_t first_row)>;

  AlsInteractions() = default;
  // block_bytes: 0 keeps the whole matrix on the device, from its first use; else the size of a block (a row that is
  // longer makes one of its own). `host` must outlive it.
  AlsInteractions(const CsrView& host, std::string purpose, std::int64_t block_bytes);

  // Once with the whole matrix, or for each block in order. Does not wait for the device (but where the host's copies
  // run ahead of it by more than a block). Always with the same context.
  void for_each_block(const Context& ctx, const Work& work) const;
  // For what only asks how long a row is: ids and values are null (with the right sizes) where they are streamed.
  CsrView lengths(const Context& ctx) const;
  // The borders of those blocks: [begin, end) of rows.
  void for_each_block_of_rows(const std::function<void(std::int64_t begin, std::int64_t end)>& work) const;
  bool streamed() const { return block_bytes_ > 0; }

  // Device memory of two blocks.
  static std::int64_t block_buffer_bytes(const CsrView& host, std::int64_t block_bytes);

 private:
  const CsrView& whole(const Context& ctx) const;
  void stream(const Context& ctx, const Work& work) const;

  CsrView host_;
  std::string purpose_;
  std::int64_t block_bytes_ = 0;
  // A model that only ranks never needs them.
  mutable std::optional<DeviceCsr> whole_;
  mutable std::optional<DeviceInput<std::int64_t, 1>> offsets_;
  mutable std::optional<Context> copies_;  // beside the context of the work
};

}  // namespace kindred
