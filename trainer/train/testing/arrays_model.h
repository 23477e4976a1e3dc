// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "trainer/models/model.h"

#include <numeric>
#include <vector>

namespace kindred {

// A model that is nothing but its arrays.
class ArraysModel : public Model {
 public:
  explicit ArraysModel(std::int64_t size, float first = 0.0F) : floats_(static_cast<std::size_t>(size)), ids_{1, 2, 3} {
    std::iota(floats_.begin(), floats_.end(), first);
  }
  std::string_view type() const override { return "arrays"; }
  std::int64_t epochs() const override { return 0; }
  void train_epoch(const Context&, std::int64_t) override {}
  std::optional<double> objective(const Context&) const override { return {}; }
  void rank(const Context&, const RankQuery&, RankResult&) const override {}
  std::vector<Contribution> explain(const Context&, const RankQuery&, std::int32_t) const override { return {}; }
  void similar(const Context&, std::int32_t, std::int64_t, std::vector<std::int32_t>&,
               std::vector<float>&) const override {}
  std::vector<NamedParameter> parameters() override {
    return {{"floats", {static_cast<std::int64_t>(floats_.size())}, "float32", floats_.data()},
            {"ids", {3}, "int64", ids_.data()}};
  }
  std::vector<float> floats_;
  std::vector<std::int64_t> ids_;
};

}  // namespace kindred
