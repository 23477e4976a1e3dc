// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/ease.h"

#include "kernels/ease/ease.h"
#include "kernels/item_item_scores/item_item_scores.h"
#include "kernels/topk/topk.h"
#include "trainer/models/history_ranking.h"

#include <algorithm>
#include <cmath>

namespace kindred {

EaseModel::EaseModel(const Context& ctx, const EaseConfig& config, std::shared_ptr<const Dataset> data)
    : config_(config), data_(std::move(data)) {
  check_ease_memory(data_->num_items(), ctx.threads(), available_memory_bytes());
  weights_ = Tensor<float, 2>(ctx, {data_->num_items(), data_->num_items()}, "ease.weights");
}

MemoryPlan EaseModel::plan_memory(const Context& ctx, const Dataset& data) {
  const std::int64_t items = data.num_items();
  return {.device = ctx.device().name(),
          .parts = {{"weights", checked_mul(checked_mul(items, items), 4)},
                    {"solver", ease_workspace_bytes(items, ctx.threads())}},
          .available_bytes = ctx.available_bytes()};
}

void EaseModel::train_epoch(const Context& ctx, std::int64_t /*epoch*/) {
  ease(ctx, {.x = data_->train(),
             .x_transposed = data_->train_transposed(),
             .regularization = config_.regularization,
             .weights = weights_.view()});
}

std::optional<double> EaseModel::objective(const Context& /*ctx*/) const { return std::nullopt; }

void EaseModel::rank(const Context& ctx, const RankQuery& query, RankResult& result) const {
  const auto score_rows = [&](const CsrView& history, View<float, 2> scores) {
    matrix_scores(ctx, {.history = history, .weights = weights_.view(), .scores = scores});
  };
  rank_by_history(ctx, query, "ease.scores", score_rows, result);
}

std::vector<Contribution> EaseModel::explain(const Context& /*ctx*/, const RankQuery& query, std::int32_t item) const {
  check_item(item, weights_.size(0));
  std::vector<Contribution> contributions;
  for (std::int64_t entry = 0; entry < query.history.nnz(); ++entry) {
    const std::int32_t source = query.history.ids(entry);
    const double weight = std::max(0.0F, query.history.value(entry));
    contributions.push_back({source, weight * static_cast<double>(weights_.view()(source, item))});
  }
  return contributions;
}

void EaseModel::similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
                        std::vector<float>& similarities) const {
  const std::int64_t count = weights_.size(0);
  check_item(item, count);
  Tensor<float, 2> correlations(ctx, {1, count}, "ease.correlations");
  for (std::int64_t other = 0; other < count; ++other) {
    const float forth = weights_.view()(item, other);
    const float back = weights_.view()(other, item);
    // Both carry the sign of -P_ij, but for rounding of values near 0.
    const float size = std::min(1.0F, std::sqrt(std::max(0.0F, forth * back)));
    correlations.data()[other] = std::copysign(size, forth);
  }
  k = std::min(k, count - 1);
  items.assign(static_cast<std::size_t>(k), -1);
  similarities.assign(static_cast<std::size_t>(k), 0.0F);
  if (k == 0) return;
  const std::vector<std::int64_t> offsets{0, 1};
  const CsrView itself{
      .rows = 1, .columns = count, .offsets = {offsets.data(), {2}}, .ids = {&item, {1}}, .values = {}};
  select_topk(ctx, {.scores = correlations.view(),
                    .excluded = itself,
                    .top_items = {items.data(), {1, k}},
                    .top_scores = {similarities.data(), {1, k}}});
}

std::vector<NamedParameter> EaseModel::parameters() {
  return {{"weights", {weights_.size(0), weights_.size(1)}, "float32", weights_.data()}};
}

}  // namespace kindred
