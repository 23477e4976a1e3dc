// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/user_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kindred {
namespace {

using Ids = std::vector<std::int32_t>;

double metric(const char* name, const Ids& list, const Ids& targets, const std::vector<float>& weights = {}) {
  JudgedList judged;
  judge(list, targets, weights, !weights.empty(), judged);
  return user_metric(judged, parse_metric_name(name));
}

TEST(UserMetrics, AreWhatPaperAndPencilSay) {
  const Ids list{7, 2, 9, 4, 1};
  const Ids targets{1, 2, 4, 30, 31, 32};  // hits at places 2, 4 and 5
  EXPECT_DOUBLE_EQ(metric("hit_rate@1", list, targets), 0.0);
  EXPECT_DOUBLE_EQ(metric("hit_rate@2", list, targets), 1.0);
  EXPECT_DOUBLE_EQ(metric("precision@4", list, targets), 2.0 / 4);
  EXPECT_DOUBLE_EQ(metric("recall@4", list, targets), 2.0 / 6);
  EXPECT_DOUBLE_EQ(metric("recall_capped@4", list, targets), 2.0 / 4);
  EXPECT_DOUBLE_EQ(metric("recall_capped@10", list, targets), 3.0 / 6);
  EXPECT_DOUBLE_EQ(metric("f1@4", list, targets), 2 * (0.5 * 2 / 6) / (0.5 + 2.0 / 6));
  EXPECT_DOUBLE_EQ(metric("mrr@1", list, targets), 0.0);
  EXPECT_DOUBLE_EQ(metric("mrr@5", list, targets), 0.5);
  EXPECT_DOUBLE_EQ(metric("map@4", list, targets), (1.0 / 2 + 2.0 / 4) / 4);
  EXPECT_DOUBLE_EQ(metric("map@10", list, targets), (1.0 / 2 + 2.0 / 4 + 3.0 / 5) / 6);
  const double dcg = 1 / std::log2(3.0) + 1 / std::log2(5.0);
  const double ideal = 1 + 1 / std::log2(3.0) + 1 / 2.0 + 1 / std::log2(5.0);
  EXPECT_DOUBLE_EQ(metric("ndcg@4", list, targets), dcg / ideal);
}

TEST(UserMetrics, GradedGainUsesTheWeights) {
  // Item 5 (gain 3) at place 2, item 8 (gain 1) at place 1; the best list has 5 first; item 9 (gain 2) is missed.
  const double got = metric("ndcg@2", {8, 5, 0}, {5, 8, 9}, {3, 1, 2});
  EXPECT_DOUBLE_EQ(got, (1 + 3 / std::log2(3.0)) / (3 + 2 / std::log2(3.0)));
  EXPECT_TRUE(std::isnan(metric("ndcg@2", {8}, {8}, {0})));
}

TEST(UserMetrics, ShortAndEmptyLists) {
  EXPECT_DOUBLE_EQ(metric("precision@10", {3, -1, -1}, {3}), 0.1);
  EXPECT_DOUBLE_EQ(metric("ndcg@10", {3, -1, -1}, {3}), 1.0);
  for (const char* name :
       {"hit_rate@3", "precision@3", "recall@3", "recall_capped@3", "f1@3", "ndcg@3", "map@3", "mrr@3"}) {
    EXPECT_DOUBLE_EQ(metric(name, {}, {3}), 0.0) << name;
    EXPECT_DOUBLE_EQ(metric(name, {3, 4, 5}, {3, 4, 5}), 1.0) << name;
  }
}

// Fifty lists over 97 items by a formula that other programs can repeat; the figures were made with ranx 0.3.21:
//   run[u] = {(7u + 3 + p (1 + u % 13)) % 97: score 20 - p, p = 0..19},
//   relevant[u] = {(11u + 5jj + 2j) % 97, j = 0..u % 9}, graded: gain 1 + item % 3;   ranx.evaluate(qrels, run, names).
// ranx divides map by all relevant items, Kindred by min(k, relevant): the same from k = 9 on.
TEST(UserMetrics, AgreeWithRanx) {
  const std::vector<std::pair<const char*, double>> expected = {
      {"hit_rate@5", 0.54},
      {"precision@5", 0.128},
      {"recall@5", 0.17473809523809522},
      {"f1@5", 0.13132400932400931},
      {"ndcg@5", 0.1147755446089051},
      {"mrr@5", 0.13333333333333333},
      {"hit_rate@20", 0.76},
      {"precision@20", 0.067},
      {"recall@20", 0.30234126984126986},
      {"f1@20", 0.1033943441199813},
      {"ndcg@20", 0.16144012060764942},
      {"map@20", 0.059885219750293289},
      {"mrr@20", 0.15380417621594092},
  };
  const std::vector<std::pair<const char*, double>> expected_graded = {{"ndcg@5", 0.10088545881214081},
                                                                       {"ndcg@20", 0.15180371526298472}};
  for (const bool graded : {false, true}) {
    for (const auto& [name, value] : graded ? expected_graded : expected) {
      double sum = 0.0;
      for (int u = 0; u < 50; ++u) {
        Ids list;
        for (int p = 0; p < 20; ++p) list.push_back((7 * u + 3 + p * (1 + u % 13)) % 97);
        std::set<std::int32_t> relevant;
        for (int j = 0; j < 1 + u % 9; ++j) relevant.insert((11 * u + 5 * j * j + 2 * j) % 97);
        std::vector<float> gains;
        for (const std::int32_t item : relevant) gains.push_back(static_cast<float>(1 + item % 3));
        sum += metric(name, list, Ids(relevant.begin(), relevant.end()), graded ? gains : std::vector<float>{});
      }
      EXPECT_NEAR(sum / 50, value, 1e-14) << name;
    }
  }
}

TEST(UserAuc, CountsPairsAndHalvesTies) {
  // Candidates 0..5, of which item 5 was not ranked by the model. Relevant: 1 and 4.
  const Ids list{0, 1, 2, 3, 4};
  const std::vector<float> scores{9, 5, 5, 4, 1};
  // Others: 0, 2, 3, 5. Item 1 beats 3 and 5 and ties with 2: 2.5. Item 4 beats 5: 1.
  EXPECT_DOUBLE_EQ(user_auc(list, scores, Ids{1, 4}, 6, 2), 3.5 / 8);
  // A relevant item that was not ranked ties with the other that was not.
  EXPECT_DOUBLE_EQ(user_auc(Ids{0, 1}, std::vector<float>{2, 1}, Ids{2}, 4, 1), 0.5 / 3);
  EXPECT_DOUBLE_EQ(user_auc(list, scores, Ids{0}, 6, 1), 1.0);
  EXPECT_TRUE(std::isnan(user_auc(list, scores, Ids{}, 6, 0)));
  EXPECT_TRUE(std::isnan(user_auc(Ids{3}, std::vector<float>{2}, Ids{3}, 1, 1)));
}

}  // namespace
}  // namespace kindred
