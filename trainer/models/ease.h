// SPDX-License-Identifier: Apache-2.0
// EASE (Steck 2019): the linear item-item model with diagonal zero, in closed form (kernels/ease); a user's score for
// item i is the sum of weights(j, i) over the items j of the history, each times the entry's confidence. Negative
// feedback counts as absent.
#pragma once

#include "kernels/core/tensor.h"
#include "trainer/models/memory_plan.h"
#include "trainer/models/model.h"

namespace kindred {

class EaseModel final : public Model {
 public:
  // Error(device), before anything starts, when the dense item-item matrix does not fit into memory.
  EaseModel(const Context& ctx, const EaseConfig& config, std::shared_ptr<const Dataset> data);

  static MemoryPlan plan_memory(const Context& ctx, const Dataset& data);

  std::string_view type() const override { return "ease"; }
  std::int64_t epochs() const override { return 1; }
  void train_epoch(const Context& ctx, std::int64_t epoch) override;
  std::optional<double> objective(const Context& ctx) const override;
  void rank(const Context& ctx, const RankQuery& query, RankResult& result) const override;
  std::vector<Contribution> explain(const Context& ctx, const RankQuery& query, std::int32_t item) const override;
  // Partial correlation of two items given all others, in [-1, 1]: sign(B_ij) sqrt(B_ij B_ji).
  void similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
               std::vector<float>& similarities) const override;
  std::vector<NamedParameter> parameters() override;

 private:
  EaseConfig config_;
  std::shared_ptr<const Dataset> data_;
  Tensor<float, 2> weights_;  // [I, I]
};

}  // namespace kindred
