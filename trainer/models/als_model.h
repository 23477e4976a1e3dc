// SPDX-License-Identifier: Apache-2.0
// Implicit ALS as a model: two half steps an epoch (users with the items fixed, then items with the users fixed), and
// at the end the users exactly; scores x_u . y_i. A user who was not trained is folded in: one half step on the
// history. docs/numerics.md has the objective. Factors and interactions lie on the context's device; explanations are
// computed on the host in fp64, from a copy of the item factors.
#pragma once

#include "kernels/core/tensor.h"
#include "trainer/models/als_interactions.h"
#include "trainer/models/als_memory.h"
#include "trainer/models/model.h"

namespace kindred {

class AlsModel final : public Model {
 public:
  // Error(device), before anything starts, when the factors and the solver's scratch do not fit into memory.
  AlsModel(const Context& ctx, const AlsConfig& config, std::shared_ptr<const Dataset> data);
  // By a plan of the caller's.
  AlsModel(const Context& ctx, const AlsConfig& config, std::shared_ptr<const Dataset> data, const AlsMemory& memory);

  std::string_view type() const override { return "als"; }
  std::int64_t epochs() const override { return config_.iterations; }
  void train_epoch(const Context& ctx, std::int64_t epoch) override;
  void finish_training(const Context& ctx) override;
  std::optional<double> objective(const Context& ctx) const override;
  void rank(const Context& ctx, const RankQuery& query, RankResult& result) const override;
  std::vector<Contribution> explain(const Context& ctx, const RankQuery& query, std::int32_t item) const override;
  void similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
               std::vector<float>& similarities) const override;
  void add_items(const Context& ctx, const CsrView& audiences) override;  // folded in
  std::vector<NamedParameter> parameters() override;
  std::optional<ModelVectors> vectors() const override {
    return ModelVectors{.users = user_factors_.view(), .items = item_factors_.view()};
  }
  void fold_in_users(const Context& ctx, const CsrView& histories, View<float, 2> out) const override;
  void warm_start(const Context& ctx, const WarmStart& from) override;
  Alignment align(const Context& ctx, const WarmStart& to) override;

  // Vectors of items that were not trained, from the training users who touched them, [n, U], on the host, into
  // out [n, K] on the device.
  void fold_in_items(const Context& ctx, const CsrView& audiences, View<float, 2> out) const;

 private:
  void solve(const Context& ctx, const CsrView& interactions, View<const float, 2> fixed, View<float, 2> solved,
             AlsSolver solver) const;
  void solve_all(const Context& ctx, const AlsInteractions& interactions, View<const float, 2> fixed,
                 View<float, 2> solved, AlsSolver solver) const;
  double item_penalty_correction(const Context& ctx) const;
  void balance(const Context& ctx);
  AlsSolver exact_solver() const;  // the configured one; dual where it is automatic

  AlsConfig config_;
  std::shared_ptr<const Dataset> data_;
  AlsInteractions by_user_;
  AlsInteractions by_item_;
  Tensor<float, 2> user_factors_;  // [U, K]
  Tensor<float, 2> item_factors_;  // [I, K], then the items that were added
  bool users_are_known_ = false;   // by a warm start
};

}  // namespace kindred
