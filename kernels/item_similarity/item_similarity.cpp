// SPDX-License-Identifier: Apache-2.0
#include "kernels/item_similarity/item_similarity.h"

namespace kindred {

void item_similarity(const Context& ctx, const ItemSimilarity& args) {
  const std::int64_t items = args.x.columns;
  KINDRED_CHECK(args.x_transposed.rows == items && args.x_transposed.columns == args.x.rows &&
                    args.x_transposed.nnz() == args.x.nnz(),
                "[item_similarity] x is {} x {} with {} entries, x_transposed {} x {} with {}", args.x.rows, items,
                args.x.nnz(), args.x_transposed.rows, args.x_transposed.columns, args.x_transposed.nnz());
  KINDRED_CHECK(args.ids.size(0) == items && args.values.sizes() == args.ids.sizes(),
                "[item_similarity] ids is {} x {} and values {} x {}, expected {} rows and the same columns",
                args.ids.size(0), args.ids.size(1), args.values.size(0), args.values.size(1), items);
  KINDRED_CHECK(args.norms.size(0) == items, "[item_similarity] norms has {} elements, expected {}", args.norms.size(0),
                items);
  KINDRED_CHECK(args.shrinkage >= 0.0, "[item_similarity] shrinkage is {}, expected at least 0", args.shrinkage);
  KINDRED_CHECK(args.bm25_k1 >= 0.0 && args.bm25_b >= 0.0 && args.bm25_b <= 1.0,
                "[item_similarity] bm25 has k1 {} and b {}, expected k1 >= 0 and b in [0, 1]", args.bm25_k1,
                args.bm25_b);
  if (items == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::item_similarity(ctx, args) : cuda::item_similarity(ctx, args);
}

}  // namespace kindred
