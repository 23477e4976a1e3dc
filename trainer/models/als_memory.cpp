// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/als_memory.h"

#include "kernels/als/als_workspace.h"
#include "kernels/core/device_csr.h"
#include "trainer/models/als_interactions.h"

#include <algorithm>

namespace kindred {

namespace {

// Each block costs a pass over the fixed side: small ones are slow, but better than an error.
constexpr std::int64_t kSmallestBlock = 1024;
constexpr std::int64_t kLargestBlock = std::int64_t{512} << 20;

}  // namespace

AlsMemory plan_als_memory(const Context& ctx, const AlsConfig& config, const Dataset& data) {
  return plan_als_memory(ctx, config, data, ctx.available_bytes());
}

AlsMemory plan_als_memory(const Context& ctx, const AlsConfig& config, const Dataset& data,
                          std::int64_t available_bytes) {
  const std::int64_t users = data.num_users();
  const std::int64_t items = data.num_items();
  AlsMemory memory;
  MemoryPlan& plan = memory.plan;
  plan.device = ctx.device().name();
  plan.available_bytes = available_bytes;
  plan.parts = {{"user factors", checked_mul(checked_mul(users, config.factors), 4)},
                {"item factors", checked_mul(checked_mul(items, config.factors), 4)},
                {"solver", als_workspace_bytes(ctx, users, items, data.train().nnz(), config.factors)}};
  const std::int64_t by_user = DeviceCsr::bytes(ctx, data.train());
  const std::int64_t by_item = DeviceCsr::bytes(ctx, data.train_transposed());
  if (by_user + by_item == 0) return memory;  // the host's own arrays are used

  const std::int64_t left = plan.available_bytes - plan.total_bytes();
  if (by_user + by_item <= left) {
    plan.parts.push_back({"interactions by user", by_user});
    plan.parts.push_back({"interactions by item", by_item});
    return memory;
  }
  // Two blocks are on the device at a time; half of what is left stays free for the work on them.
  const std::int64_t lengths = (users + items + 2) * 8;
  memory.block_bytes = std::clamp((left - lengths) / 4, kSmallestBlock, kLargestBlock);
  const std::int64_t buffers =
      std::max(AlsInteractions::block_buffer_bytes(data.train(), memory.block_bytes),
               AlsInteractions::block_buffer_bytes(data.train_transposed(), memory.block_bytes));
  plan.parts.push_back({"blocks of streamed interactions", lengths + buffers});
  plan.streamed_bytes = by_user + by_item;
  return memory;
}

}  // namespace kindred
