// SPDX-License-Identifier: Apache-2.0
// Evaluates any model on one part of a dataset: ranks the full catalogue for blocks of users through a callback,
// and measures the lists (user_metrics.h, catalogue_metrics.h, bootstrap.h).
// Users without relevant items are left out of every average and counted. With mask_seen the history is never ranked.
// `arp@k` brings `popularity_lift@k` along. `auc` ranks the whole catalogue for each user: it costs a sort of all
// items, and needs no more from a model than a list.
// Deterministic for any number of threads and any block size, where the model's ranking is.
// Cost beside the ranking: O(k log R) a user, bootstrap samples x users x metrics additions; scratch users x metrics
// doubles twice, a block of lists, and threads x items counters a cut.
#pragma once

#include "kernels/core/context.h"
#include "trainer/config/metric_name.h"
#include "trainer/data/dataset.h"
#include "trainer/eval/evaluation_result.h"
#include "trainer/models/model.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace kindred {

// Model::rank, or a stand-in.
using RankFunction = std::function<void(const Context&, const RankQuery&, RankResult&)>;

struct EvaluatorOptions {
  std::vector<MetricName> metrics;
  std::int64_t bootstrap_samples = 1000;  // 0: no intervals
  bool mask_seen = true;
  bool breakdown = true;     // by user activity and item popularity
  bool graded_gain = false;  // ndcg with the targets' weights as gains
  bool keep_lists = false;   // for TREC files
  std::int64_t block_users = 1024;
  std::uint64_t seed = 0;
  std::function<void(std::int64_t done, std::int64_t all)> progress{};  // users ranked, after each block
};

// What metrics beyond accuracy need to know of the training data.
struct TrainingFacts {
  View<const std::int64_t, 1> item_popularity;  // [I]
  CsrView item_users{};                         // [I, U], for diversity only
};

class Evaluator {
 public:
  // Keeps views: part and facts must outlive it. Error(usage) for a metric without a meaning here.
  Evaluator(const EvaluationPart& part, const TrainingFacts& facts, EvaluatorOptions options);

  EvaluationResult evaluate(const Context& ctx, const RankFunction& rank) const;

 private:
  const EvaluationPart& part_;
  TrainingFacts facts_;
  EvaluatorOptions options_;
};

}  // namespace kindred
