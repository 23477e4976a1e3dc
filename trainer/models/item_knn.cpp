// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/item_knn.h"

#include "kernels/item_item_scores/item_item_scores.h"
#include "kernels/item_similarity/item_similarity.h"
#include "trainer/models/history_ranking.h"

#include <algorithm>
#include <utility>

namespace kindred {

namespace {

SimilarityWeighting weighting_of(ItemKnnWeighting weighting) {
  switch (weighting) {
    case ItemKnnWeighting::cosine:
      return SimilarityWeighting::cosine;
    case ItemKnnWeighting::bm25:
      return SimilarityWeighting::bm25;
    case ItemKnnWeighting::tfidf:
      return SimilarityWeighting::tfidf;
  }
  fail(ErrorKind::internal, "item_knn: weighting {} is not in the list", static_cast<int>(weighting));
}

std::int64_t neighbours_of(const ItemKnnConfig& config, std::int64_t items) {
  return std::clamp<std::int64_t>(config.neighbours, 0, std::max<std::int64_t>(0, items - 1));
}

std::int64_t list_bytes(std::int64_t items, std::int64_t neighbours) {
  return checked_mul(checked_mul(items, neighbours), 8);
}

std::int64_t scratch_bytes(std::int64_t items, std::int64_t entries, int threads) {
  return checked_mul(items, 12 * std::int64_t{threads} + 28) + checked_mul(entries, 4);
}

void check_memory(std::int64_t items, std::int64_t neighbours, std::int64_t entries, int threads) {
  const std::int64_t lists = list_bytes(items, neighbours);
  const std::int64_t scratch = scratch_bytes(items, entries, threads);
  const std::int64_t available = available_memory_bytes();
  if (lists > available - scratch) {
    fail(ErrorKind::device,
         "item_knn with model.neighbours={} on {} items needs {:.2f} GiB ({:.2f} GiB neighbour lists), {:.2f} GiB are "
         "available; choose fewer neighbours",
         neighbours, items, (static_cast<double>(lists) + static_cast<double>(scratch)) / 0x1p30,
         static_cast<double>(lists) / 0x1p30, static_cast<double>(available) / 0x1p30);
  }
}

}  // namespace

ItemKnnModel::ItemKnnModel(const Context& ctx, const ItemKnnConfig& config, std::shared_ptr<const Dataset> data)
    : config_(config), data_(std::move(data)) {
  const std::int64_t items = data_->num_items();
  const std::int64_t neighbours = neighbours_of(config_, items);
  check_memory(items, neighbours, data_->train().nnz(), ctx.threads());
  neighbours_ = Tensor<std::int32_t, 2>(ctx, {items, neighbours}, "item_knn.neighbours");
  similarities_ = Tensor<float, 2>::zeros(ctx, {items, neighbours}, "item_knn.similarities");
  norms_ = Tensor<float, 1>::zeros(ctx, {items}, "item_knn.norms");
  std::fill_n(neighbours_.data(), items * neighbours, -1);
}

MemoryPlan ItemKnnModel::plan_memory(const Context& ctx, const ItemKnnConfig& config, const Dataset& data) {
  const std::int64_t items = data.num_items();
  return {.device = ctx.device().name(),
          .parts = {{"neighbour lists", list_bytes(items, neighbours_of(config, items))},
                    {"sums and weights", scratch_bytes(items, data.train().nnz(), ctx.threads())}},
          .available_bytes = ctx.available_bytes()};
}

void ItemKnnModel::train_epoch(const Context& ctx, std::int64_t /*epoch*/) {
  item_similarity(ctx, {.x = data_->train(),
                        .x_transposed = data_->train_transposed(),
                        .weighting = weighting_of(config_.weighting),
                        .shrinkage = config_.shrinkage,
                        .bm25_k1 = config_.bm25_k1,
                        .bm25_b = config_.bm25_b,
                        .ids = neighbours_.view(),
                        .values = similarities_.view(),
                        .norms = norms_.view()});
}

std::optional<double> ItemKnnModel::objective(const Context& /*ctx*/) const { return std::nullopt; }

void ItemKnnModel::rank(const Context& ctx, const RankQuery& query, RankResult& result) const {
  const auto score_rows = [&](const CsrView& history, View<float, 2> scores) {
    neighbour_scores(ctx,
                     {.history = history, .ids = neighbours_.view(), .values = similarities_.view(), .scores = scores});
  };
  rank_by_history(ctx, query, "item_knn.scores", score_rows, result);
}

std::vector<Contribution> ItemKnnModel::explain(const Context& /*ctx*/, const RankQuery& query,
                                                std::int32_t item) const {
  check_item(item, neighbours_.size(0));
  std::vector<Contribution> contributions;
  for (std::int64_t entry = 0; entry < query.history.nnz(); ++entry) {
    const std::int32_t source = query.history.ids(entry);
    const double weight = std::max(0.0F, query.history.value(entry));
    double value = 0.0;
    for (std::int64_t n = 0; n < neighbours_.size(1); ++n) {
      if (neighbours_.view()(source, n) == item) value = weight * static_cast<double>(similarities_.view()(source, n));
    }
    contributions.push_back({source, value});
  }
  return contributions;
}

void ItemKnnModel::similar(const Context& /*ctx*/, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
                           std::vector<float>& similarities) const {
  check_item(item, neighbours_.size(0));
  std::vector<std::pair<float, std::int32_t>> ranked;  // (-similarity, item)
  for (std::int64_t n = 0; n < neighbours_.size(1); ++n) {
    const std::int32_t other = neighbours_.view()(item, n);
    if (other < 0) break;
    const float scale = config_.weighting == ItemKnnWeighting::bm25 ? norms_.data()[item] * norms_.data()[other] : 1.0F;
    ranked.emplace_back(-std::min(1.0F, similarities_.view()(item, n) / scale), other);
  }
  std::sort(ranked.begin(), ranked.end());
  if (static_cast<std::int64_t>(ranked.size()) > k) ranked.resize(static_cast<std::size_t>(k));
  items.clear();
  similarities.clear();
  for (const auto& [negative, other] : ranked) {
    items.push_back(other);
    similarities.push_back(-negative);
  }
}

std::vector<NamedParameter> ItemKnnModel::parameters() {
  const std::vector<std::int64_t> shape{neighbours_.size(0), neighbours_.size(1)};
  return {{"neighbours", shape, "int32", neighbours_.data()},
          {"similarities", shape, "float32", similarities_.data()},
          {"norms", {norms_.size(0)}, "float32", norms_.data()}};
}

}  // namespace kindred
