// SPDX-License-Identifier: Apache-2.0
// What the best possible recommender would reach on a synthetic log: one that knows every taste, popularity and habit
// of the SynthWorld, but not which visits were held out. Measured by simulation on a sample of users, full catalogue,
// seen items masked, with the definitions of recall@k (divisor: all held-out items) and ndcg@k (binary gain, ideal cut
// at k).
//
// `random`: of a user's distinct items each is held out with probability r. With f(j | i) = P(next = j | last = i) the
// oracle ranks items j that are not in training by the expected number of hidden visits to j, at most one between two
// visits that it sees:
//     sum over neighbours (i, k) in training of   r f(j | i) f(k | j) / (f(k | i) + r sum_j' f(j' | i) f(k | j'))
// with the ends of the history likewise. Exact but for two or more hidden visits in a row (an error of order r^2).
// `leave_one_out`: the item of the last visit is held out; the oracle ranks by f(j | last item of training).
// Cost: a user costs O(items) and, for each visit, the number of items that lead to it.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/synth/synth_world.h"

#include <cstdint>

namespace kindred {

struct OracleOptions {
  std::int64_t max_users = 2000;  // fewer where the catalogue is large
  std::int64_t k = 20;
  double test_ratio = 0.2;
};

struct OracleMetric {
  double value = 0.0;       // mean over users
  double half_width = 0.0;  // of its 95 % interval: 1.96 standard errors
};

struct OracleScores {
  OracleMetric recall;
  OracleMetric ndcg;
};

struct OracleProtocol {
  std::int64_t users = 0;  // with something held out and something left
  OracleScores oracle;
  OracleScores popularity;  // ranking by the true w_i, for comparison
};

struct OracleReport {
  std::int64_t sampled_users = 0;
  OracleProtocol random;
  OracleProtocol leave_one_out;
};

// Deterministic for any number of threads.
OracleReport measure_oracle(const SynthWorld& world, const OracleOptions& options, ThreadPool& pool);

}  // namespace kindred
