// SPDX-License-Identifier: Apache-2.0
#include "kernels/ease/ease.h"

#include "kernels/ease/spd_inverse.h"

#include <algorithm>
#include <limits>

namespace kindred {

std::int64_t ease_workspace_bytes(std::int64_t items, int threads) {
  const std::int64_t sums = checked_mul(checked_mul(items, threads), sizeof(double));
  const std::int64_t vectors = checked_mul(items, 4 * sizeof(double));
  if (items > kEaseFp64Items) return std::max(sums, cpu::spd_inverse_workspace_bytes<float>(items)) + vectors;
  return checked_mul(checked_mul(items, items), sizeof(double)) + vectors +
         std::max(sums, cpu::spd_inverse_workspace_bytes<double>(items));
}

void check_ease_memory(std::int64_t items, int threads, std::int64_t available_bytes) {
  const std::int64_t weights = checked_mul(checked_mul(items, items), sizeof(float));
  const std::int64_t workspace = ease_workspace_bytes(items, threads);
  if (weights > available_bytes - workspace) {
    fail(
        ErrorKind::device,
        "ease: {} items need {:.2f} GiB (a dense {} x {} matrix of fp32, and {:.2f} GiB of work space), {:.2f} GiB are "
        "available; keep fewer items (data.filter.min_item_events) or use model.type item_knn or als",
        items, (static_cast<double>(weights) + static_cast<double>(workspace)) / 0x1p30, items, items,
        static_cast<double>(workspace) / 0x1p30, static_cast<double>(available_bytes) / 0x1p30);
  }
}

void ease(const Context& ctx, const Ease& args) {
  const std::int64_t items = args.x.columns;
  KINDRED_CHECK(args.x_transposed.rows == items && args.x_transposed.columns == args.x.rows &&
                    args.x_transposed.nnz() == args.x.nnz(),
                "[ease] x is {} x {} with {} entries, x_transposed {} x {} with {}", args.x.rows, items, args.x.nnz(),
                args.x_transposed.rows, args.x_transposed.columns, args.x_transposed.nnz());
  KINDRED_CHECK(args.weights.size(0) == items && args.weights.size(1) == items,
                "[ease] weights is {} x {}, expected {} x {}", args.weights.size(0), args.weights.size(1), items,
                items);
  KINDRED_CHECK(items <= std::numeric_limits<std::int32_t>::max(), "[ease] {} items: above 2^31 - 1", items);
  KINDRED_CHECK(args.regularization > 0.0, "[ease] regularization is {}, expected above 0", args.regularization);
  if (items == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::ease(ctx, args) : cuda::ease(ctx, args);
}

}  // namespace kindred
