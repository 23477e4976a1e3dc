// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/training_plan.h"

#include "kernels/core/check.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kindred {
namespace {

TrainingPlan plan_of(std::int64_t available_bytes) {
  return {.device = "cuda:0 (a card)",
          .model = "als",
          .users = 10,
          .items = 20,
          .interactions = 30,
          .memory = {.device = "cuda:0",
                     .parts = {{"user factors", std::int64_t{3} << 30}, {"solver", std::int64_t{1} << 30}},
                     .available_bytes = available_bytes,
                     .streamed_bytes = std::int64_t{7} << 30}};
}

TEST(TrainingPlan, NamesItsPartsAndWhetherTheyFit) {
  const TrainingPlan plan = plan_of(std::int64_t{4} << 30);
  EXPECT_TRUE(plan.memory.fits());
  const std::string table = to_table(plan);
  for (const char* part : {"user factors", "3072.0 MiB", "in all", "4096.0 MiB", "streamed", "7168.0 MiB", "\nfits"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
  const auto json = to_json(plan);
  EXPECT_EQ(json["memory"]["total_bytes"], std::int64_t{4} << 30);
  EXPECT_EQ(json["memory"]["fits"], true);
  require_memory(plan);
}

TEST(TrainingPlan, IsAnErrorWithNumbersWhenItDoesNotFit) {
  const TrainingPlan plan = plan_of((std::int64_t{4} << 30) - 1);
  EXPECT_NE(to_table(plan).find("does not fit"), std::string::npos);
  try {
    require_memory(plan);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_STREQ(error.what(),
                 "model.type: als needs 4.00 GiB on cuda:0 (3.00 GiB user factors, 1.00 GiB solver), 4.00 GiB are "
                 "available; choose a smaller model or a device with more memory");
  }
}

}  // namespace
}  // namespace kindred
