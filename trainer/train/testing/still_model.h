// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "trainer/models/model.h"

#include <optional>
#include <vector>

namespace kindred {

// A model that learns and answers nothing: what tests derive from that are about a model's parameters.
class StillModel : public Model {
 public:
  std::string_view type() const override { return "arrays"; }
  std::int64_t epochs() const override { return 0; }
  void train_epoch(const Context&, std::int64_t) override {}
  std::optional<double> objective(const Context&) const override { return {}; }
  void rank(const Context&, const RankQuery&, RankResult&) const override {}
  std::vector<Contribution> explain(const Context&, const RankQuery&, std::int32_t) const override { return {}; }
  void similar(const Context&, std::int32_t, std::int64_t, std::vector<std::int32_t>&,
               std::vector<float>&) const override {}
};

}  // namespace kindred
