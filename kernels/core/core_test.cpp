// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/context.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <vector>

namespace kindred {
namespace {

TEST(Philox, MatchesTheKnownAnswersOfItsAuthors) {
  // kat_vectors of Random123: philox4x32-10.
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffULL),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ULL),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, NormalHasTheMomentsOfTheNormalDistribution) {
  const Random random(42, "test");
  constexpr int kDraws = 200000;
  double sum = 0.0;
  double squares = 0.0;
  double fourth = 0.0;
  for (int row = 0; row < kDraws; ++row) {
    const double z = random.normal(static_cast<std::uint64_t>(row));
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.02);
  EXPECT_NEAR(fourth / kDraws, 3.0, 0.1);
}

TEST(Random, UniformBelowStaysInRangeAndReachesAll) {
  const Random random(7, "test");
  std::vector<int> seen(10);
  for (std::uint64_t row = 0; row < 1000; ++row) ++seen.at(random.below(10, row));
  for (const int count : seen) EXPECT_GT(count, 50);
}

TEST(Random, StreamsOfDifferentPurposeOrStepDiffer) {
  EXPECT_NE(Random(1, "a").bits(0), Random(1, "b").bits(0));
  EXPECT_NE(Random(1, "a", 0).bits(0), Random(1, "a", 1).bits(0));
  EXPECT_NE(Random(1, "a").bits(0, 0), Random(1, "a").bits(0, 1));
  EXPECT_NE(Random(1, "a").bits(0), Random(2, "a").bits(0));
}

TEST(ParallelFor, CoversEachIndexOnceForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const std::int64_t size : {0, 1, 31, 32, 33, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<std::size_t>(size));
      parallel_for(pool, size, 32, [&](std::int64_t begin, std::int64_t end, int thread) {
        EXPECT_LT(thread, threads);
        for (std::int64_t i = begin; i < end; ++i) hits[static_cast<std::size_t>(i)]++;
      });
      for (const auto& hit : hits) EXPECT_EQ(hit, 1);
    }
  }
}

TEST(ParallelFor, ThrowsTheErrorOfTheLowestChunk) {
  ThreadPool pool(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    try {
      parallel_for(pool, 100, 1, [](std::int64_t begin, std::int64_t, int) {
        if (begin % 10 == 3) throw Error(ErrorKind::data, std::to_string(begin));
      });
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
  }
}

TEST(ParallelFor, RunsNestedCallsSerially) {
  ThreadPool pool(2);
  std::atomic<int> inner{0};
  parallel_for(pool, 8, 1, [&](std::int64_t, std::int64_t, int outer_thread) {
    parallel_for(pool, 8, 1, [&](std::int64_t, std::int64_t, int inner_thread) {
      EXPECT_EQ(inner_thread, outer_thread);
      ++inner;
    });
  });
  EXPECT_EQ(inner, 64);
}

TEST(ParallelSum, GivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<double> values(10007);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i)) * 1e10;
  const auto sum = [&](int threads) {
    ThreadPool pool(threads);
    return parallel_sum(pool, static_cast<std::int64_t>(values.size()), 100, [&](std::int64_t begin, std::int64_t end) {
      return std::accumulate(values.begin() + begin, values.begin() + end, 0.0);
    });
  };
  EXPECT_EQ(sum(1), sum(2));
  EXPECT_EQ(sum(1), sum(5));
}

TEST(Tensor, RefusesSizesThatOverflow) {
  const Context ctx = Context::cpu(1);
  EXPECT_THROW((Tensor<float, 2>(ctx, {std::int64_t{1} << 40, std::int64_t{1} << 40}, "test.x")), Error);
}

}  // namespace
}  // namespace kindred
