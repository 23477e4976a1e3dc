// SPDX-License-Identifier: Apache-2.0
// Popularity: every user gets the same scores, the number of training events of each item (positive feedback only),
// or their sum with weights that halve with each half-life before the newest training event.
#pragma once

#include "kernels/core/tensor.h"
#include "trainer/models/model.h"

namespace kindred {

class PopularityModel final : public Model {
 public:
  // Error(usage) for a half-life on data without timestamps.
  PopularityModel(const Context& ctx, const PopularityConfig& config, std::shared_ptr<const Dataset> data);

  std::string_view type() const override { return "popularity"; }
  std::int64_t epochs() const override { return 1; }
  void train_epoch(const Context& ctx, std::int64_t epoch) override;
  std::optional<double> objective(const Context& ctx) const override;
  void rank(const Context& ctx, const RankQuery& query, RankResult& result) const override;
  // Error(usage) both: the scores come from no history item, and say nothing of what is alike.
  std::vector<Contribution> explain(const Context& ctx, const RankQuery& query, std::int32_t item) const override;
  void similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
               std::vector<float>& similarities) const override;
  // The events of new items are as young as the newest of the training data: each counts 1.
  void add_items(const Context& ctx, const CsrView& audiences) override;
  std::vector<NamedParameter> parameters() override;

 private:
  PopularityConfig config_;
  std::shared_ptr<const Dataset> data_;
  Tensor<float, 2> scores_;  // [I, 1]
};

}  // namespace kindred
