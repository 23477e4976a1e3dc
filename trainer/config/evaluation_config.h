// SPDX-License-Identifier: Apache-2.0
// `evaluation` and `early_stopping`: what is measured, and when training may end before its last iteration.
#pragma once

#include "trainer/config/field.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

struct EvaluationConfig {
  std::vector<std::string> metrics = {"recall@20", "ndcg@20", "coverage@20"};
  std::int64_t bootstrap_samples = 1000;
  std::vector<std::string> baselines = {"popularity"};  // models trained and evaluated beside the trained one
  bool mask_seen = true;
  bool breakdown = true;   // by user activity decile and item popularity group
  bool trec = false;       // write TREC run and qrels files
  std::int64_t every = 0;  // validation every n epochs while training; 0: only at the end
};

template <typename Visitor>
void fields(Visitor& visit, EvaluationConfig& c) {
  visit(
      "metrics", c.metrics,
      {.doc = "`hit_rate@k`, `precision@k`, `recall@k`, `recall_capped@k`, `f1@k`, `ndcg@k`, `map@k`, `mrr@k`, `auc`, "
              "`coverage@k`, `gini@k`, `arp@k`, `novelty@k`, `diversity@k`.",
       .rule = TextRule::metric});
  visit("bootstrap_samples", c.bootstrap_samples,
        {.doc = "Resamples of the users behind each 95 % interval; 0: no intervals.", .min = 0, .max = 1000000});
  visit("baselines", c.baselines,
        {.doc = "Models with default settings that are evaluated beside the trained one: `popularity`, `item_knn`, "
                "`ease`.",
         .choices = {"popularity", "item_knn", "ease"}});
  visit("mask_seen", c.mask_seen, {.doc = "Items that the user is known to have touched are never ranked."});
  visit("breakdown", c.breakdown, {.doc = "Also by user activity decile and item popularity group."});
  visit("trec", c.trec, {.doc = "Write TREC run and qrels files."});
  visit("every", c.every,
        {.doc = "Evaluate on validation every this many iterations; 0: only at the end.",
         .min = 0,
         .max = 100000,
         .unit = "iterations"});
}

struct EarlyStoppingConfig {
  std::string metric;         // a validation metric such as ndcg@20; empty: off
  std::int64_t patience = 3;  // evaluations without a better value
};

template <typename Visitor>
void fields(Visitor& visit, EarlyStoppingConfig& c) {
  visit("metric", c.metric,
        {.doc = "Validation metric to watch, such as `ndcg@20`; empty: off.", .rule = TextRule::metric});
  visit("patience", c.patience,
        {.doc = "Evaluations without a better value before training ends.",
         .min = 1,
         .max = 100000,
         .unit = "evaluations",
         .when = {{"early_stopping.metric", {}}}});
}

}  // namespace kindred
