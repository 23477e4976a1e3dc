// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/early_stopping.h"
#include "trainer/train/testing/still_model.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

class OneNumber final : public StillModel {
 public:
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
