// SPDX-License-Identifier: Apache-2.0
// Item neighbourhoods: each item keeps its nearest neighbours by cosine, BM25 or tf-idf similarity
// (kernels/item_similarity); a user's score for an item is the sum of its similarities to the items of the history
// that count it among their neighbours, each times the entry's confidence. Negative feedback counts as absent.
#pragma once

#include "kernels/core/tensor.h"
#include "trainer/models/memory_plan.h"
#include "trainer/models/model.h"

namespace kindred {

class ItemKnnModel final : public Model {
 public:
  // Error(device), before anything starts, when the neighbour lists do not fit into memory.
  ItemKnnModel(const Context& ctx, const ItemKnnConfig& config, std::shared_ptr<const Dataset> data);

  static MemoryPlan plan_memory(const Context& ctx, const ItemKnnConfig& config, const Dataset& data);

  std::string_view type() const override { return "item_knn"; }
  std::int64_t epochs() const override { return 1; }
  void train_epoch(const Context& ctx, std::int64_t epoch) override;
  std::optional<double> objective(const Context& ctx) const override;
  void rank(const Context& ctx, const RankQuery& query, RankResult& result) const override;
  std::vector<Contribution> explain(const Context& ctx, const RankQuery& query, std::int32_t item) const override;
  // At most the stored neighbours. BM25 similarities are divided by the lengths of both columns, which makes cosines.
  void similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
               std::vector<float>& similarities) const override;
  std::vector<NamedParameter> parameters() override;

 private:
  ItemKnnConfig config_;
  std::shared_ptr<const Dataset> data_;
  Tensor<std::int32_t, 2> neighbours_;  // [I, N], -1 where there are fewer
  Tensor<float, 2> similarities_;       // [I, N]
  Tensor<float, 1> norms_;              // [I] lengths of the weighted columns
};

}  // namespace kindred
