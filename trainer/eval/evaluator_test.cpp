// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/evaluator.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/topk/topk.h"
#include "trainer/eval/trec_files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

struct Csr {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::int64_t columns = 0;
  void add(const std::set<std::int32_t>& row) {
    ids.insert(ids.end(), row.begin(), row.end());
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  CsrView view() const {
    const auto rows = static_cast<std::int64_t>(offsets.size()) - 1;
    return {rows, columns, {offsets.data(), {rows + 1}}, {ids.data(), {static_cast<std::int64_t>(ids.size())}}, {}};
  }
};

// A world of random histories and targets, and a model whose scores are a table.
class World {
 public:
  World(std::int64_t users, std::int64_t items, int score_steps, bool overlap = false) : items_(items) {
    const Random random(9, "world");
    history_.columns = targets_.columns = items;
    Csr by_item;
    by_item.columns = users;
    std::vector<std::set<std::int32_t>> item_users(static_cast<std::size_t>(items));
    popularity_.assign(static_cast<std::size_t>(items), 0);
    for (std::int64_t user = 0; user < users; ++user) {
      std::set<std::int32_t> history, targets;
      for (std::int32_t item = 0; item < items; ++item) {
        const auto at = static_cast<std::uint64_t>(user * items + item);
        const double popular = 1.0 / (1.0 + 0.2 * item);
        if (random.uniform(at, 0) < 0.6 * popular) history.insert(item);
        if ((overlap || !history.contains(item)) && random.uniform(at, 1) < 0.5 * popular) targets.insert(item);
        scores_.push_back(static_cast<float>(std::floor(random.uniform(at, 2) * score_steps)));
      }
      if (user % 7 == 3) targets.clear();
      if (user % 11 == 5) history.clear();
      for (const std::int32_t item : history) {
        ++popularity_[static_cast<std::size_t>(item)];
        item_users[static_cast<std::size_t>(item)].insert(static_cast<std::int32_t>(user));
      }
      history_.add(history);
      targets_.add(targets);
      users_.push_back(static_cast<std::int32_t>(user));
    }
    for (const auto& column : item_users) by_item.add(column);
    item_users_ = by_item;
    part_.present = true;
    part_.users = {users_.data(), {users}};
    part_.history = history_.view();
    part_.targets = targets_.view();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const EvaluationPart& part() const { return part_; }
  EvaluationPart& part() { return part_; }
  TrainingFacts facts() const { return {{popularity_.data(), {items_}}, item_users_.view()}; }
  float score(std::int32_t user, std::int32_t item) const {
    return scores_[static_cast<std::size_t>(user * items_ + item)];
  }
  const std::vector<std::int64_t>& popularity() const { return popularity_; }
  std::int64_t items() const { return items_; }

  RankFunction rank() const {
    return [this](const Context& ctx, const RankQuery& query, RankResult& result) {
      const std::int64_t rows = query.users.size(0);
      Tensor<float, 2> block(ctx, {rows, items_}, "scores");
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int32_t item = 0; item < items_; ++item) block.view()(row, item) = score(query.users(row), item);
      }
      result.tied_boundaries = select_topk(ctx, {.scores = block.view(),
                                                 .excluded = query.masked,
                                                 .allowed = query.allowed_items,
                                                 .top_items = result.items,
                                                 .top_scores = result.scores});
    };
  }
  // The user's list by a full sort.
  std::vector<std::int32_t> list(std::int32_t user, bool mask) const {
    std::vector<std::pair<float, std::int32_t>> order;
    const auto seen = part_.history.row_ids(user);
    for (std::int32_t item = 0; item < items_; ++item) {
      if (mask && std::count(seen.begin(), seen.end(), item) > 0) continue;
      order.emplace_back(-score(user, item), item);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::int32_t> items;
    for (const auto& [score, item] : order) items.push_back(item);
    return items;
  }

 private:
  std::int64_t items_;
  Csr history_, targets_, item_users_;
  std::vector<std::int32_t> users_;
  std::vector<std::int64_t> popularity_;
  std::vector<float> scores_;
  EvaluationPart part_;
};

std::vector<MetricName> names(const std::vector<std::string>& texts) { return parse_metric_names(texts); }

EvaluatorOptions options_for(const std::vector<std::string>& metrics) {
  EvaluatorOptions options;
  options.metrics = names(metrics);
  options.bootstrap_samples = 50;
  return options;
}

// One user's metrics from sets and prefixes, in the words of the definitions.
std::map<std::string, double> naive_metrics(const std::vector<std::int32_t>& list,
                                            const std::set<std::int32_t>& relevant, std::size_t k) {
  const auto precision_at = [&](std::size_t n) {
    double hits = 0;
    for (std::size_t p = 0; p < std::min(n, list.size()); ++p) hits += relevant.contains(list[p]) ? 1 : 0;
    return hits / static_cast<double>(n);
  };
  const auto r = static_cast<double>(relevant.size());
  const auto kd = static_cast<double>(k);
  const double precision = precision_at(k);
  const double recall = precision * kd / r;
  double dcg = 0, ideal = 0, ap = 0, rr = 0;
  for (std::size_t p = 0; p < k; ++p) {
    const double discount = std::log(2.0) / std::log(static_cast<double>(p) + 2.0);
    if (static_cast<double>(p) < r) ideal += discount;
    if (p >= list.size() || !relevant.contains(list[p])) continue;
    dcg += discount;
    ap += precision_at(p + 1);
    if (rr == 0) rr = 1.0 / static_cast<double>(p + 1);
  }
  return {{"precision", precision},
          {"recall", recall},
          {"recall_capped", precision * kd / std::min(kd, r)},
          {"f1", precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0.0},
          {"hit_rate", precision > 0 ? 1.0 : 0.0},
          {"ndcg", dcg / ideal},
          {"map", ap / std::min(kd, r)},
          {"mrr", rr}};
}

TEST(Evaluator, AgreesWithNaiveLoops) {
  const World world(60, 40, 25);
  const Context ctx = Context::cpu(2);
  const std::vector<std::size_t> cuts{1, 5, 100};  // 100: above the catalogue
  std::vector<std::string> metrics;
  for (const std::size_t k : cuts) {
    for (const char* name : {"hit_rate", "precision", "recall", "recall_capped", "f1", "ndcg", "map", "mrr", "coverage",
                             "gini", "arp", "novelty"}) {
      metrics.push_back(std::string(name) + "@" + std::to_string(k));
    }
  }
  metrics.push_back("auc");
  for (const bool mask : {true, false}) {
    for (const bool with_auc : {true, false}) {
      EvaluatorOptions options = options_for(metrics);
      options.mask_seen = mask;
      if (!with_auc) options.metrics.pop_back();
      const EvaluationResult result = Evaluator(world.part(), world.facts(), options).evaluate(ctx, world.rank());
      std::map<std::string, double> sums;
      std::map<std::size_t, std::vector<std::int64_t>> exposure;
      std::map<std::size_t, std::int64_t> tied;
      std::int64_t users = 0, auc_users = 0;
      for (std::int32_t user = 0; user < 60; ++user) {
        const auto ids = world.part().targets.row_ids(user);
        const std::set<std::int32_t> relevant(ids.begin(), ids.end());
        if (relevant.empty()) continue;
        ++users;
        const auto list = world.list(user, mask);
        for (const std::size_t k : cuts) {
          for (const auto& [name, value] : naive_metrics(list, relevant, k))
            sums[name + "@" + std::to_string(k)] += value;
          exposure[k].resize(40);
          const std::size_t places = std::min(k, list.size());
          for (std::size_t p = 0; p < places; ++p) {
            ++exposure[k][static_cast<std::size_t>(list[p])];
            sums["arp@" + std::to_string(k)] +=
                static_cast<double>(world.popularity()[static_cast<std::size_t>(list[p])]) /
                static_cast<double>(places);
          }
          if (k < list.size() && world.score(user, list[k - 1]) == world.score(user, list[k])) ++tied[k];
        }
        double right = 0, pairs = 0;
        for (const std::int32_t good : list) {
          for (const std::int32_t other : list) {
            if (!relevant.contains(good) || relevant.contains(other)) continue;
            const float a = world.score(user, good), b = world.score(user, other);
            right += a > b ? 1.0 : a == b ? 0.5 : 0.0;
            pairs += 1;
          }
        }
        if (pairs > 0) {
          sums["auc"] += right / pairs;
          ++auc_users;
        }
      }
      ASSERT_EQ(result.users.size(), static_cast<std::size_t>(users));
      EXPECT_EQ(result.users_left_out, 60 - users);
      for (const MetricResult& metric : result.metrics) {
        const auto sum = sums.find(metric.name);
        if (sum == sums.end()) continue;
        const double count = static_cast<double>(metric.name == "auc" ? auc_users : users);
        EXPECT_NEAR(metric.value, sum->second / count, 1e-12) << metric.name;
        ASSERT_TRUE(metric.ci95.has_value());
        EXPECT_LE(metric.ci95->low, metric.value);
        EXPECT_GE(metric.ci95->high, metric.value);
      }
      for (const std::size_t k : cuts) {
        const auto shown = std::count_if(exposure[k].begin(), exposure[k].end(), [](auto n) { return n > 0; });
        EXPECT_DOUBLE_EQ(result.value("coverage@" + std::to_string(k)), static_cast<double>(shown) / 40);
        EXPECT_EQ(result.tied_boundaries.at(static_cast<std::int64_t>(k)), tied[k]) << k;
      }
      EXPECT_GT(result.tied_boundaries.at(1) + result.tied_boundaries.at(5), 0);
      EXPECT_FALSE(result.find("coverage@5")->ci95.has_value());
    }
  }
}

TEST(Evaluator, SameBitsForAnyThreadsAndBlocks) {
  const World world(200, 60, 1000);
  EvaluatorOptions options =
      options_for({"recall@20", "ndcg@10", "auc", "gini@20", "arp@10", "novelty@10", "diversity@10"});
  std::string first;
  for (const int threads : {1, 2, 4}) {
    for (const std::int64_t block : {1, 7, 1024}) {
      options.block_users = block;
      EvaluationResult result =
          Evaluator(world.part(), world.facts(), options).evaluate(Context::cpu(threads), world.rank());
      result.rank_s = 0.0;
      const std::string json = result.to_json().dump();
      if (first.empty()) first = json;
      EXPECT_EQ(json, first) << threads << " threads, blocks of " << block;
    }
  }
}

TEST(Evaluator, CountsTargetsThatMaskingHides) {
  const World world(50, 30, 100, true);
  std::int64_t both = 0;
  for (std::int64_t user = 0; user < 50; ++user) {
    const auto seen = world.part().history.row_ids(user);
    for (const std::int32_t item : world.part().targets.row_ids(user))
      both += std::count(seen.begin(), seen.end(), item);
  }
  ASSERT_GT(both, 0);
  const Context ctx = Context::cpu(1);
  EvaluatorOptions options = options_for({"recall@30", "auc"});
  const auto masked = Evaluator(world.part(), world.facts(), options).evaluate(ctx, world.rank());
  EXPECT_EQ(masked.masked_targets, both);
  EXPECT_LT(masked.value("recall@30"), 1.0);
  options.mask_seen = false;
  const auto open = Evaluator(world.part(), world.facts(), options).evaluate(ctx, world.rank());
  EXPECT_EQ(open.masked_targets, 0);
  EXPECT_DOUBLE_EQ(open.value("recall@30"), 1.0);
}

TEST(Evaluator, BreakdownsAddUpToTheWhole) {
  const World world(95, 50, 1000);
  const auto result = Evaluator(world.part(), world.facts(), options_for({"recall@10", "ndcg@5"}))
                          .evaluate(Context::cpu(2), world.rank());
  ASSERT_EQ(result.activity.size(), 10U);
  double sum = 0.0;
  std::int64_t users = 0;
  for (const ActivityGroup& group : result.activity) {
    sum += group.metrics.at("recall@10") * static_cast<double>(group.users);
    users += group.users;
  }
  EXPECT_EQ(users, static_cast<std::int64_t>(result.users.size()));
  EXPECT_NEAR(sum / static_cast<double>(users), result.value("recall@10"), 1e-12);
  EXPECT_LE(result.activity[0].longest_history, result.activity[1].shortest_history);
  ASSERT_EQ(result.popularity.size(), 3U);
  double catalogue = 0.0, exposure = 0.0, targets = 0.0;
  for (const PopularityGroup& group : result.popularity) {
    catalogue += group.catalogue_share;
    exposure += group.exposure_share;
    targets += group.target_share;
    EXPECT_EQ(group.k, 10);
    EXPECT_GE(group.recall, 0.0);
    EXPECT_LE(group.recall, 1.0);
  }
  EXPECT_NEAR(catalogue, 1.0, 1e-12);
  EXPECT_NEAR(exposure, 1.0, 1e-12);
  EXPECT_NEAR(targets, 1.0, 1e-12);
}

TEST(Evaluator, PopularityLiftComparesListsWithHistories) {
  const World world(40, 30, 1000);
  const auto result =
      Evaluator(world.part(), world.facts(), options_for({"arp@5"})).evaluate(Context::cpu(1), world.rank());
  double lists = 0.0, histories = 0.0;
  for (const std::int32_t user : result.users) {
    const auto history = world.part().history.row_ids(user);
    if (history.empty()) continue;
    const auto list = world.list(user, true);
    double of_list = 0.0, of_history = 0.0;
    for (int p = 0; p < 5; ++p)
      of_list += static_cast<double>(world.popularity()[static_cast<std::size_t>(list[static_cast<std::size_t>(p)])]);
    for (const std::int32_t item : history)
      of_history += static_cast<double>(world.popularity()[static_cast<std::size_t>(item)]);
    lists += of_list / 5;
    histories += of_history / static_cast<double>(history.size());
  }
  EXPECT_NEAR(result.value("popularity_lift@5"), lists / histories - 1.0, 1e-12);
  EXPECT_LT(result.find("popularity_lift@5")->users, static_cast<std::int64_t>(result.users.size()));
}

TEST(Evaluator, NobodyToEvaluate) {
  World world(4, 10, 10);
  const Context ctx = Context::cpu(1);
  std::vector<std::int64_t> none(5, 0);
  world.part().targets.offsets = {none.data(), {5}};
  const auto result =
      Evaluator(world.part(), world.facts(), options_for({"recall@3", "coverage@3"})).evaluate(ctx, world.rank());
  EXPECT_EQ(result.users_left_out, 4);
  EXPECT_TRUE(std::isnan(result.value("recall@3")));
  EXPECT_TRUE(result.metrics_json()["recall@3"]["value"].is_null());
  EXPECT_TRUE(result.metrics_json()["recall@3"]["ci95"].is_null());
  EXPECT_THROW(result.value("ndcg@3"), Error);
}

TEST(Evaluator, HeldOutUsersAreFoldedIn) {
  World world(20, 10, 10);
  world.part().fold_in = true;
  bool asked = false;
  const RankFunction rank = [&](const Context&, const RankQuery& query, RankResult& result) {
    for (const std::int32_t user : query.users.span()) EXPECT_EQ(user, -1);
    asked = true;
    for (std::int32_t& item : result.items.span()) item = -1;
  };
  const auto result = Evaluator(world.part(), world.facts(), options_for({"recall@3"})).evaluate(Context::cpu(1), rank);
  EXPECT_TRUE(asked);
  EXPECT_DOUBLE_EQ(result.value("recall@3"), 0.0);
}

TEST(Evaluator, JsonHasTheAgreedShape) {
  const World world(30, 20, 10);
  const auto json = Evaluator(world.part(), world.facts(), options_for({"recall@20", "coverage@20"}))
                        .evaluate(Context::cpu(1), world.rank())
                        .to_json();
  EXPECT_TRUE(json["metrics"]["recall@20"]["value"].is_number());
  EXPECT_EQ(json["metrics"]["recall@20"]["ci95"].size(), 2U);
  EXPECT_TRUE(json["metrics"]["coverage@20"]["ci95"].is_null());
  EXPECT_TRUE(json["tied_boundaries"].contains("20"));
}

class NumberedIds : public IdDictionary {
 public:
  NumberedIds(std::string prefix, std::int64_t size) : prefix_(std::move(prefix)), size_(size) {}
  std::int64_t size() const override { return size_; }
  bool integers() const override { return false; }
  std::string text(std::int64_t row) const override { return prefix_ + std::to_string(row); }
  std::optional<std::int64_t> find(std::string_view) const override { return std::nullopt; }

 private:
  std::string prefix_;
  std::int64_t size_;
};

TEST(TrecFiles, HoldTheListsAndTheTargets) {
  const World world(6, 10, 10);
  EvaluatorOptions options = options_for({"recall@2"});
  options.keep_lists = true;
  const auto result = Evaluator(world.part(), world.facts(), options).evaluate(Context::cpu(1), world.rank());
  const auto folder = std::filesystem::path(testing::TempDir());
  const NumberedIds users("u", 6), items("i", 10);
  write_trec_run(folder / "run.trec", result, users, items, "kindred");
  write_trec_qrels(folder / "qrels.trec", world.part(), users, items);
  std::ifstream run(folder / "run.trec");
  std::string line;
  for (const std::int32_t user : result.users) {
    const auto list = world.list(user, true);
    for (std::size_t place = 0; place < std::min<std::size_t>(2, list.size()); ++place) {
      ASSERT_TRUE(std::getline(run, line));
      std::ostringstream expected;
      expected << "u" << user << " Q0 i" << list[place] << " " << place + 1 << " " << 2 - place << " kindred";
      EXPECT_EQ(line, expected.str());
    }
  }
  EXPECT_FALSE(std::getline(run, line));
  std::ifstream qrels(folder / "qrels.trec");
  std::int64_t lines = 0;
  while (std::getline(qrels, line)) ++lines;
  EXPECT_EQ(lines, world.part().targets.nnz());
  EXPECT_THROW(write_trec_run(folder / "run.trec", result, NumberedIds("a b", 6), items, "kindred"), Error);
}

}  // namespace
}  // namespace kindred
