// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/early_stopping.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

class OneNumber final : public Model {
 public:
  std::string_view type() const override { return "one_number"; }
  std::int64_t epochs() const override { return 0; }
  void train_epoch(const Context&, std::int64_t) override {}
  std::optional<double> objective(const Context&) const override { return {}; }
  void rank(const Context&, const RankQuery&, RankResult&) const override {}
  std::vector<Contribution> explain(const Context&, const RankQuery&, std::int32_t) const override { return {}; }
  void similar(const Context&, std::int32_t, std::int64_t, std::vector<std::int32_t>&,
               std::vector<float>&) const override {}
  std::vector<NamedParameter> parameters() override { return {{"value", {1}, "float32", &value_}}; }
  float value_ = 0.0F;
};

TEST(EarlyStopping, StopsAfterPatienceAndRestoresTheBest) {
  const Context ctx = Context::cpu(1);
  EarlyStopping stopping({.metric = "ndcg@20", .patience = 2});
  OneNumber model;
  const double values[] = {0.1, 0.3, 0.2, 0.3, 0.9};
  std::int64_t epoch = 0;
  bool stopped = false;
  for (const double value : values) {
    model.value_ = static_cast<float>(++epoch);
    stopped = stopping.observe(ctx, value, epoch, model);
    if (stopped) break;
  }
  EXPECT_TRUE(stopped);
  EXPECT_EQ(epoch, 4);  // 0.3 again is not better
  stopping.restore_best(ctx, model);
  EXPECT_EQ(model.value_, 2.0F);
  EXPECT_EQ(stopping.best_epochs(), 2);
  EXPECT_EQ(stopping.best_value(), 0.3);
}

TEST(EarlyStopping, RefusesAPartWithNobodyToEvaluate) {
  const Context ctx = Context::cpu(1);
  EarlyStopping stopping({.metric = "ndcg@20", .patience = 2});
  OneNumber model;
  EXPECT_THROW(stopping.observe(ctx, std::numeric_limits<double>::quiet_NaN(), 1, model), Error);
}

TEST(EarlyStopping, IsOffWithoutAMetric) { EXPECT_FALSE(EarlyStopping({}).enabled()); }

}  // namespace
}  // namespace kindred
