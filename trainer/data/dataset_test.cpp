// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/dataset.h"
#include "trainer/data/id_table.h"

#include "kernels/core/check.h"
#include "trainer/data/id_dictionary.h"
#include "trainer/data/testing/make_dataset.h"

#include <gtest/gtest.h>

#include <vector>

namespace kindred {
namespace {

TestDataset small() {
  TestDataset description;
  description.train = {{0, 2, 1.5F, 10}, {0, 0, 2.0F, 20}, {2, 1, -1.0F, 5}};
  description.num_items = 4;
  description.timestamps = true;
  description.validation.targets = {{2, 3}};
  description.test.targets = {{0, 1}, {2, 0}};
  return description;
}

TEST(Dataset, HoldsWhatWasWritten) {
  const auto dataset = make_dataset(small());
  EXPECT_EQ(dataset->num_users(), 3);
  EXPECT_EQ(dataset->num_items(), 4);
  const CsrView& train = dataset->train();
  ASSERT_EQ(train.nnz(), 3);
  EXPECT_EQ(train.length(1), 0);
  EXPECT_EQ(std::vector<std::int32_t>(train.row_ids(0).begin(), train.row_ids(0).end()),
            (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(train.value(0), 2.0F);
  EXPECT_EQ(train.value(2), -1.0F);
  EXPECT_EQ(dataset->timestamps()(0), 20);
  EXPECT_EQ(dataset->train_transposed().length(2), 1);
  EXPECT_EQ(dataset->item_popularity()(3), 0);
  ASSERT_TRUE(dataset->validation().present);
  EXPECT_EQ(dataset->validation().users(0), 2);
  const EvaluationPart& test = dataset->test();
  ASSERT_EQ(test.users.size(0), 2);
  EXPECT_EQ(test.history.length(1), 2);  // training and validation
  EXPECT_EQ(test.targets.row_ids(1)[0], 0);
  EXPECT_EQ(dataset->users().find("2"), 2);
  EXPECT_FALSE(dataset->users().find("02").has_value());
  EXPECT_FALSE(dataset->fingerprint().empty());
}

TEST(Dataset, TextIdsAndHeldOutUsers) {
  TestDataset description;
  description.text_ids = true;
  description.values = false;
  description.train = {{0, 0}, {1, 1}};
  description.test.fold_in = true;
  description.test.history = {{2, 0}};
  description.test.targets = {{2, 1}};
  const auto dataset = make_dataset(description);
  EXPECT_EQ(dataset->num_users(), 2);
  EXPECT_EQ(dataset->users().size(), 3);
  EXPECT_EQ(dataset->users().find("u000002"), 2);
  EXPECT_EQ(dataset->items().text(1), "i000001");
  EXPECT_FALSE(dataset->items().find("i").has_value());
  EXPECT_TRUE(dataset->test().fold_in);
  EXPECT_FALSE(dataset->train().has_values());
}

TEST(Dataset, Empty) {
  const auto dataset = make_dataset({});
  EXPECT_EQ(dataset->num_users(), 0);
  EXPECT_EQ(dataset->train().nnz(), 0);
  EXPECT_FALSE(dataset->test().present);
  EXPECT_FALSE(dataset->users().find("0").has_value());
}

TEST(Dataset, MissingFolderIsAnErrorOfTheData) {
  try {
    Dataset::open("/nonexistent/dataset");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find("/nonexistent/dataset"), std::string::npos);
  }
}

TEST(IdDictionary, CanonicalIntegers) {
  EXPECT_EQ(canonical_integer("-7"), -7);
  EXPECT_EQ(canonical_integer("0"), 0);
  for (const char* text : {"", "-0", "007", "+1", " 1", "1 ", "1.0", "9223372036854775808"}) {
    EXPECT_FALSE(canonical_integer(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace kindred
