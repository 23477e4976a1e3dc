// SPDX-License-Identifier: Apache-2.0
// Is run A better than run B? By the differences d_u = a_u - b_u of the same users:
//   * 95 % bootstrap interval of the mean difference (bootstrap.h);
//   * two-sided randomisation test: the share of random sign flips of d whose mean is at least as far from 0,
//     counting the observed one: p = (1 + as far) / (1 + flips)      (Smucker, Allan, Carterette, CIKM 2007)
//   * Holm's step-down correction over all comparisons that are looked at together (Holm 1979).
// Never by whether two intervals overlap. Deterministic for any number of threads.
#pragma once

#include "kernels/core/context.h"
#include "trainer/eval/bootstrap.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace kindred {

struct EvaluationResult;

struct PairedComparison {
  std::string metric;
  std::int64_t users = 0;  // who have a value in both runs
  double mean_a = 0.0;
  double mean_b = 0.0;
  double difference = 0.0;  // mean_a - mean_b
  Interval ci95;            // of the difference
  double p_value = 1.0;     // randomisation test
  double p_holm = 1.0;      // corrected over the comparisons made together
};

struct PairedOptions {
  std::int64_t bootstrap_samples = 1000;
  std::int64_t flips = 10000;
  std::uint64_t seed = 0;
};

// Values of the same users in the same order; users with a NaN in either are left out.
PairedComparison compare_paired(const Context& ctx, std::span<const double> a, std::span<const double> b,
                                const PairedOptions& options);

// p-values after Holm's correction, in the order given.
std::vector<double> holm_correction(std::span<const double> p_values);

// `a` with each of `others`, by their names, in every metric with values by user that both hold; corrected over all of
// these together. Throws Error(data) when one of them was not evaluated on the same users.
using PairedComparisons = std::map<std::string, std::vector<PairedComparison>>;
PairedComparisons compare_results(const Context& ctx, const EvaluationResult& a,
                                  const std::map<std::string, EvaluationResult>& others, const PairedOptions& options);

// {"popularity": {"recall@20": {"difference": d, "ci95": [low, high], "p": p, "p_holm": p, "users": n}}}
nlohmann::ordered_json to_json(const PairedComparisons& comparisons);

}  // namespace kindred
