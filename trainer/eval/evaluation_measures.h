// SPDX-License-Identifier: Apache-2.0
// The measuring half of the evaluator: takes blocks of ranked lists in order, keeps every user's values and the
// exposure of items, and at the end makes means, intervals and breakdowns of them.
#pragma once

#include "trainer/eval/catalogue_metrics.h"
#include "trainer/eval/evaluator.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace kindred {

class EvaluationMeasures {
 public:
  // rows: the evaluated rows of the part. Keeps references: part, facts, options and rows must outlive it.
  EvaluationMeasures(const Context& ctx, const EvaluationPart& part, const TrainingFacts& facts,
                     const EvaluatorOptions& options, const std::vector<std::int64_t>& rows);

  bool needs_full_ranking() const;     // auc
  std::int64_t largest_cut() const;    // 0: no metric with a cut
  std::int64_t places_needed() const;  // of each list; may exceed the catalogue

  // Lists of the users rows[first], rows[first + 1], ...
  void add_block(std::size_t first, const RankResult& ranked);
  void finish(EvaluationResult& result) const;

 private:
  // One metric with a value a user. A user's value is numerator / denominator where the denominator is not 0.
  struct UserMeasure {
    MetricName metric;
    std::string name;
    std::vector<double> numerator;
    std::vector<double> denominator;
    bool lift = false;  // popularity lift: numerator of the list, denominator of the history, minus 1
  };
  struct BlockScratch;

  void measure_user(std::size_t user, std::span<const std::int32_t> items, std::span<const float> scores,
                    BlockScratch& scratch);
  void set(UserMeasure& measure, std::size_t user, double value) const;
  MetricResult user_result(const UserMeasure& measure) const;
  void add_activity(EvaluationResult& result) const;
  void add_popularity(EvaluationResult& result) const;

  const Context& ctx_;
  const EvaluationPart& part_;
  const TrainingFacts& facts_;
  const EvaluatorOptions& options_;
  const std::vector<std::int64_t>& rows_;
  double total_events_ = 0.0;
  std::vector<std::uint8_t> groups_;  // of items
  std::vector<UserMeasure> measures_;
  std::vector<std::int64_t> cuts_;                              // ascending, of all metrics with one
  std::map<std::int64_t, std::vector<std::int64_t>> exposure_;  // by cut: lists that hold an item
  std::map<std::int64_t, std::int64_t> tied_;
  std::vector<std::uint32_t> group_hits_;                   // [users, 3] hits within the largest cut
  std::vector<std::int64_t> masked_targets_;                // of each user
  std::vector<std::unique_ptr<DiversityMeter>> diversity_;  // one a thread
};

}  // namespace kindred
