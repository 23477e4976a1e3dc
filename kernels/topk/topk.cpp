// SPDX-License-Identifier: Apache-2.0
#include "kernels/topk/topk.h"

#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kMostItems = std::numeric_limits<std::int32_t>::max();

void check_lists(const char* name, std::int64_t queries, std::int64_t items, const CsrView& excluded,
                 std::span<const std::int32_t> allowed, const View<std::int32_t, 2>& top_items,
                 const View<float, 2>& top_scores) {
  KINDRED_CHECK(items <= kMostItems, "[{}] {} items, item rows have 31 bits", name, items);
  KINDRED_CHECK(top_items.sizes() == top_scores.sizes(), "[{}] top_items is {} x {}, top_scores {} x {}", name,
                top_items.size(0), top_items.size(1), top_scores.size(0), top_scores.size(1));
  KINDRED_CHECK(top_items.size(0) == queries, "[{}] {} rows of results for {} queries", name, top_items.size(0),
                queries);
  KINDRED_CHECK(queries == 0 || top_items.size(1) >= 1, "[{}] k is {}, expected at least 1", name, top_items.size(1));
  KINDRED_CHECK(excluded.rows == 0 || (excluded.rows == queries && excluded.columns == items),
                "[{}] excluded is {} x {}, expected {} x {} or no rows", name, excluded.rows, excluded.columns, queries,
                items);
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    KINDRED_CHECK(allowed[i] >= 0 && allowed[i] < items && (i == 0 || allowed[i - 1] < allowed[i]),
                  "[{}] allowed[{}] is {}: expected ascending item rows below {}", name, i, allowed[i], items);
  }
}

}  // namespace

std::int64_t topk(const Context& ctx, const TopK& args) {
  const std::int64_t queries = args.queries.size(0);
  const std::int64_t items = args.items.size(0);
  KINDRED_CHECK(args.queries.size(1) == args.items.size(1) || queries == 0 || items == 0,
                "[topk] queries have {} factors, items {}", args.queries.size(1), args.items.size(1));
  KINDRED_CHECK(args.item_bias.data() == nullptr || args.item_bias.size(0) == items,
                "[topk] item_bias has {} values for {} items", args.item_bias.size(0), items);
  check_lists("topk", queries, items, args.excluded, args.allowed, args.top_items, args.top_scores);
  if (args.unscreened_rows != nullptr) *args.unscreened_rows = 0;
  if (queries == 0) return 0;
  return ctx.device().type == DeviceType::cpu ? cpu::topk(ctx, args) : cuda::topk(ctx, args);
}

std::int64_t select_topk(const Context& ctx, const SelectTopK& args) {
  const std::int64_t queries = args.scores.size(0);
  check_lists("select_topk", queries, args.scores.size(1), args.excluded, args.allowed, args.top_items,
              args.top_scores);
  if (queries == 0) return 0;
  return ctx.device().type == DeviceType::cpu ? cpu::select_topk(ctx, args) : cuda::select_topk(ctx, args);
}

}  // namespace kindred
