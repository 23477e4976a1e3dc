// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/popularity.h"

#include "kernels/popularity/popularity.h"
#include "kernels/topk/topk.h"

#include <algorithm>

namespace kindred {

PopularityModel::PopularityModel(const Context& ctx, const PopularityConfig& config,
                                 std::shared_ptr<const Dataset> data)
    : config_(config), data_(std::move(data)) {
  if (config_.half_life_days && data_->timestamps().empty() && data_->train().nnz() > 0) {
    fail(ErrorKind::usage,
         "model.half_life_days={} needs event times, and the prepared data has none; name the column in "
         "data.columns.timestamp, or leave half_life_days out",
         *config_.half_life_days);
  }
  scores_ = Tensor<float, 2>::zeros(ctx, {data_->num_items(), 1}, "popularity.scores");
}

void PopularityModel::train_epoch(const Context& ctx, std::int64_t /*epoch*/) {
  constexpr double kDay_s = 86400.0;
  popularity(ctx, {.x = data_->train(),
                   .timestamps = data_->timestamps(),
                   .half_life_s = config_.half_life_days.value_or(0.0) * kDay_s,
                   .scores = {scores_.data(), {data_->num_items()}}});
}

std::optional<double> PopularityModel::objective(const Context& /*ctx*/) const { return std::nullopt; }

void PopularityModel::rank(const Context& ctx, const RankQuery& query, RankResult& result) const {
  // One factor: 1 for every user, the score for every item.
  Tensor<float, 2> ones(ctx, {query.users.size(0), 1}, "popularity.queries");
  std::fill_n(ones.data(), query.users.size(0), 1.0F);
  result.tied_boundaries = topk(ctx, {.queries = ones.view(),
                                      .items = scores_.view(),
                                      .excluded = query.masked,
                                      .allowed = query.allowed_items,
                                      .top_items = result.items,
                                      .top_scores = result.scores});
}

std::vector<Contribution> PopularityModel::explain(const Context& /*ctx*/, const RankQuery& /*query*/,
                                                   std::int32_t /*item*/) const {
  fail(ErrorKind::usage,
       "the popularity model does not look at a user's history, so no history item explains its scores; "
       "models als, item_knn and ease can explain");
}

void PopularityModel::similar(const Context& /*ctx*/, std::int32_t /*item*/, std::int64_t /*k*/,
                              std::vector<std::int32_t>& /*items*/, std::vector<float>& /*similarities*/) const {
  fail(ErrorKind::usage, "the popularity model does not know which items are alike; models als, item_knn and ease do");
}

void PopularityModel::add_items(const Context& ctx, const CsrView& audiences) {
  const std::int64_t before = scores_.size(0);
  Tensor<float, 2> grown(ctx, {before + audiences.rows, 1}, "popularity.scores");
  std::copy_n(scores_.data(), before, grown.data());
  for (std::int64_t row = 0; row < audiences.rows; ++row) {
    grown.view()(before + row, 0) = static_cast<float>(audiences.length(row));
  }
  scores_ = std::move(grown);
}

std::vector<NamedParameter> PopularityModel::parameters() {
  return {{"item_scores", {scores_.size(0)}, "float32", scores_.data()}};
}

}  // namespace kindred
