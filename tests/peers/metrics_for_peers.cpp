// SPDX-License-Identifier: Apache-2.0
// Random lists and targets with Kindred's own metrics of them, for other programs to confirm:
//     metrics_for_peers FOLDER      writes test.run, test.qrels (TREC) and evaluation.json
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/topk/topk.h"
#include "trainer/eval/evaluator.h"
#include "trainer/eval/trec_files.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace kindred {
namespace {

constexpr std::int64_t kUsers = 300;
constexpr std::int64_t kItems = 500;

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

void write(const std::filesystem::path& folder) {
  const Context ctx = Context::cpu();
  const Random random(1, "metrics_for_peers");
  std::vector<std::int32_t> users;
  std::vector<std::int64_t> history_offsets{0}, target_offsets{0};
  std::vector<std::int32_t> history, targets;
  std::vector<float> scores;
  std::vector<std::int64_t> popularity(kItems, 0);
  for (std::int32_t user = 0; user < kUsers; ++user) {
    const double wanted = random.uniform(static_cast<std::uint64_t>(user), 9);  // between few and many targets
    for (std::int32_t item = 0; item < kItems; ++item) {
      const auto at = static_cast<std::uint64_t>(user * kItems + item);
      const bool target = random.uniform(at, 0) < 0.08 * wanted * wanted;
      const bool seen = !target && random.uniform(at, 1) < 0.04;
      if (target) targets.push_back(item);
      if (seen) {
        history.push_back(item);
        ++popularity[static_cast<std::size_t>(item)];
      }
      // Steps of 1/8 make ties; targets score higher.
      scores.push_back(static_cast<float>(static_cast<int>(random.uniform(at, 2) * 8.0 + (target ? 2.0 : 0.0)) / 8.0));
    }
    users.push_back(user);
    history_offsets.push_back(static_cast<std::int64_t>(history.size()));
    target_offsets.push_back(static_cast<std::int64_t>(targets.size()));
  }
  const auto csr = [](const std::vector<std::int64_t>& offsets, const std::vector<std::int32_t>& ids) {
    return CsrView{
        kUsers, kItems, {offsets.data(), {kUsers + 1}}, {ids.data(), {static_cast<std::int64_t>(ids.size())}}, {}};
  };
  EvaluationPart part;
  part.present = true;
  part.users = {users.data(), {kUsers}};
  part.history = csr(history_offsets, history);
  part.targets = csr(target_offsets, targets);

  EvaluatorOptions options;
  for (const char* kind : {"hit_rate", "precision", "recall", "recall_capped", "f1", "ndcg", "map", "mrr"}) {
    for (const char* k : {"@1", "@10", "@100"}) options.metrics.push_back(parse_metric_name(std::string(kind) + k));
  }
  options.keep_lists = true;
  const View<const float, 2> table(scores.data(), {kUsers, kItems});
  const auto rank = [&](const Context& context, const RankQuery& query, RankResult& result) {
    std::vector<float> rows;
    for (const std::int32_t user : query.users.span())
      rows.insert(rows.end(), table.row(user), table.row(user) + kItems);
    result.tied_boundaries = select_topk(context, {.scores = {rows.data(), {query.users.size(0), kItems}},
                                                   .excluded = query.masked,
                                                   .allowed = query.allowed_items,
                                                   .top_items = result.items,
                                                   .top_scores = result.scores});
  };
  const EvaluationResult result = Evaluator(part, {{popularity.data(), {kItems}}, {}}, options).evaluate(ctx, rank);
  const NumberedIds user_ids("u", kUsers), item_ids("i", kItems);
  write_trec_run(folder / "test.run", result, user_ids, item_ids, "kindred");
  write_trec_qrels(folder / "test.qrels", part, user_ids, item_ids);
  nlohmann::ordered_json json;
  json["metrics"]["test"] = result.metrics_json();
  std::ofstream(folder / "evaluation.json") << json.dump(2) << '\n';
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: metrics_for_peers FOLDER\n");
    return 2;
  }
  try {
    kindred::write(argv[1]);
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "metrics_for_peers: %s\n", error.what());
    return error.exit_code();
  }
  return 0;
}
