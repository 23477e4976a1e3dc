// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/evaluator.h"

#include "kernels/core/parallel.h"
#include "kernels/core/tensor.h"
#include "trainer/eval/catalogue_metrics.h"
#include "trainer/eval/evaluation_measures.h"
#include "trainer/eval/user_block.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kindred {

namespace {

constexpr std::int64_t kFullListEntries = std::int64_t{1} << 22;  // of a block, when auc asks for whole rankings

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Evaluator::Evaluator(const EvaluationPart& part, const TrainingFacts& facts, EvaluatorOptions options)
    : part_(part), facts_(facts), options_(std::move(options)) {
  const std::int64_t items = part_.targets.columns;
  KINDRED_CHECK(options_.block_users >= 1, "[Evaluator] blocks of {} users", options_.block_users);
  KINDRED_CHECK(part_.history.rows == part_.users.size(0) && part_.targets.rows == part_.users.size(0),
                "[Evaluator] {} users, {} histories, {} rows of targets", part_.users.size(0), part_.history.rows,
                part_.targets.rows);
  KINDRED_CHECK(facts_.item_popularity.size(0) == items, "[Evaluator] popularity of {} items, targets have {}",
                facts_.item_popularity.size(0), items);
  for (const MetricName& metric : options_.metrics) {
    KINDRED_CHECK(metric.kind != MetricKind::diversity || facts_.item_users.rows == items,
                  "[Evaluator] diversity needs the transposed training matrix");
  }
}

EvaluationResult Evaluator::evaluate(const Context& ctx, const RankFunction& rank) const {
  EvaluationResult result;
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < part_.users.size(0); ++row) {
    if (part_.targets.length(row) > 0) rows.push_back(row);
  }
  result.users_left_out = part_.users.size(0) - static_cast<std::int64_t>(rows.size());
  for (const std::int64_t row : rows) result.users.push_back(part_.users(row));

  const std::int64_t items = part_.targets.columns;
  EvaluationMeasures measures(ctx, part_, facts_, options_, rows);
  const std::int64_t places = std::min(items, measures.places_needed());
  std::int64_t block_users = options_.block_users;
  if (measures.needs_full_ranking()) {
    block_users = std::clamp<std::int64_t>(kFullListEntries / std::max<std::int64_t>(1, items), 1, block_users);
  }
  block_users = std::min<std::int64_t>(block_users, static_cast<std::int64_t>(rows.size()));
  if (options_.keep_lists) {
    result.lists.k = std::min(items, measures.largest_cut());
  }
  if (!rows.empty() && places >= 1) {
    const Context host = ctx.on_host();
    Tensor<std::int32_t, 2> top_items(host, {block_users, places}, "eval.top_items");
    Tensor<float, 2> top_scores(host, {block_users, places}, "eval.top_scores");
    for (std::size_t first = 0; first < rows.size(); first += static_cast<std::size_t>(block_users)) {
      const std::size_t last = std::min(rows.size(), first + static_cast<std::size_t>(block_users));
      const auto count = static_cast<std::int64_t>(last - first);
      const UserBlock block(part_, std::span(rows).subspan(first, last - first), options_.mask_seen);
      RankResult ranked{top_items.view().slice(0, count), top_scores.view().slice(0, count), 0};
      const double start = now_s();
      rank(ctx, block.query(), ranked);
      ctx.synchronize();
      result.rank_s += now_s() - start;
      measures.add_block(first, ranked);
      if (options_.keep_lists) {
        for (std::int64_t row = 0; row < count; ++row) {
          const auto k = static_cast<std::ptrdiff_t>(result.lists.k);
          result.lists.items.insert(result.lists.items.end(), ranked.items.row(row), ranked.items.row(row) + k);
          result.lists.scores.insert(result.lists.scores.end(), ranked.scores.row(row), ranked.scores.row(row) + k);
        }
      }
      if (options_.progress) options_.progress(static_cast<std::int64_t>(last), static_cast<std::int64_t>(rows.size()));
    }
  }
  measures.finish(result);
  return result;
}

}  // namespace kindred
