// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_shapes.h"

#include "kernels/core/check.h"
#include "kernels/core/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace kindred {
namespace {

// z of the normal distribution at probabilities (r + 1/2) / rows, ascending. Newton from the row before: each row's z
// is near the last one's.
std::vector<double> normal_quantiles(std::int64_t rows) {
  constexpr double kInverseRootTwo = 0.70710678118654752;
  constexpr double kInverseRootTwoPi = 0.39894228040143268;
  const auto below = [&](double z) { return 0.5 * std::erfc(-z * kInverseRootTwo); };
  std::vector<double> quantiles(static_cast<std::size_t>(rows));
  const double first = 0.5 / static_cast<double>(rows);
  double low = -10.0;
  double high = 0.0;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (below(middle) < first ? low : high) = middle;
  }
  double z = low;
  // The upper half mirrors the lower one, where probabilities near 1 would lose digits.
  for (std::int64_t row = 0; 2 * row < rows; ++row) {
    const double target = (static_cast<double>(row) + 0.5) / static_cast<double>(rows);
    for (int step = 0; step < 3; ++step) z += (target - below(z)) / (kInverseRootTwoPi * std::exp(-0.5 * z * z));
    quantiles[static_cast<std::size_t>(row)] = z;
    quantiles[static_cast<std::size_t>(rows - 1 - row)] = -z;
  }
  return quantiles;
}

// The law's lengths, ascending; their mean is nnz / rows.
std::vector<double> law_lengths(const LengthLaw& law, std::int64_t nnz) {
  const std::vector<double> z = normal_quantiles(law.rows);
  const auto least = static_cast<double>(law.least);
  const double middle = std::log(static_cast<double>(law.median) - least);
  const double top = std::log(static_cast<double>(law.largest) - least);
  const double last = z.back();
  std::vector<double> lengths(z.size());
  const auto fill = [&](double a) {
    const double b = (a * last + middle - top) / std::pow(last, 1.5);  // h(last) = top
    double sum = 0.0;
    for (std::size_t row = 0; row < z.size(); ++row) {
      const double positive = std::max(z[row], 0.0);
      lengths[row] = least + std::exp(middle + a * z[row] - b * positive * std::sqrt(positive));
      sum += lengths[row];
    }
    return sum;
  };
  double low = 0.0;
  double high = 3.0 * (top - middle) / last;  // beyond it the largest would not be the last
  const auto wanted = static_cast<double>(nnz);
  KINDRED_CHECK(fill(low) <= wanted && wanted <= fill(high),
                "[als_shape] no law has {} rows of median {}, largest {} and {} entries in all", law.rows, law.median,
                law.largest, nnz);
  for (int step = 0; step < 50; ++step) {
    const double a = 0.5 * (low + high);
    (fill(a) < wanted ? low : high) = a;
  }
  fill(0.5 * (low + high));
  return lengths;
}

// Whole lengths with the sum nnz: differences of the rounded running sum.
std::vector<std::int64_t> whole_lengths(const std::vector<double>& lengths, std::int64_t nnz) {
  std::vector<std::int64_t> whole(lengths.size());
  double sum = 0.0;
  std::int64_t before = 0;
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    sum += lengths[row];
    const std::int64_t after = row + 1 == lengths.size() ? nnz : static_cast<std::int64_t>(std::floor(sum + 1e-3));
    whole[row] = after - before;
    before = after;
  }
  return whole;
}

// Rows of like length, from the longest down; the first ones alone, later ones in groups of 4 % of their rank.
struct Group {
  std::int64_t begin = 0;  // ranks [begin, end) from the longest
  std::int64_t end = 0;
  double length = 0.0;  // mean
  double weight = 0.0;  // s or w

  double count() const { return static_cast<double>(end - begin); }
};

std::vector<Group> groups_of(const std::vector<double>& ascending, double start) {
  const auto rows = static_cast<std::int64_t>(ascending.size());
  std::vector<Group> groups;
  for (std::int64_t begin = 0; begin < rows;) {
    const std::int64_t end = std::min(rows, begin + 1 + begin / 25);
    double sum = 0.0;
    for (std::int64_t rank = begin; rank < end; ++rank) sum += ascending[static_cast<std::size_t>(rows - 1 - rank)];
    const double mean = sum / static_cast<double>(end - begin);
    groups.push_back({begin, end, mean, mean * start});
    begin = end;
  }
  return groups;
}

// One Newton step a group towards  sum over the other side of 1 - exp(-weight * other.weight) = length.
void approach(std::vector<Group>& side, const std::vector<Group>& other) {
  for (Group& group : side) {
    double sum = 0.0;
    double slope = 0.0;
    for (const Group& o : other) {
      const double miss = std::exp(-group.weight * o.weight);
      sum += o.count() * (1.0 - miss);
      slope += o.count() * o.weight * miss;
    }
    group.weight = std::clamp(group.weight + (group.length - sum) / slope, 0.25 * group.weight, 4.0 * group.weight);
  }
}

// Walker's alias table: item = draw's cell, or the cell's alias where the second word exceeds its threshold.
class AliasTable {
 public:
  explicit AliasTable(const std::vector<double>& weights) : cells_(weights.size()) {
    const double scale = static_cast<double>(weights.size()) / std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<double> share(weights.size());
    std::vector<std::int32_t> small;
    std::vector<std::int32_t> large;
    for (std::size_t item = 0; item < weights.size(); ++item) {
      share[item] = weights[item] * scale;
      cells_[item] = {.threshold = 0xFFFFFFFFU, .alias = static_cast<std::int32_t>(item)};
      (share[item] < 1.0 ? small : large).push_back(static_cast<std::int32_t>(item));
    }
    while (!small.empty() && !large.empty()) {
      const auto item = static_cast<std::size_t>(small.back());
      const auto giver = static_cast<std::size_t>(large.back());
      small.pop_back();
      cells_[item] = {.threshold = static_cast<std::uint32_t>(share[item] * 4294967295.0), .alias = large.back()};
      share[giver] -= 1.0 - share[item];
      if (share[giver] < 1.0) {
        small.push_back(large.back());
        large.pop_back();
      }
    }
  }
  std::int32_t draw(std::uint32_t place, std::uint32_t coin) const {
    const auto item = static_cast<std::size_t>((std::uint64_t{place} * cells_.size()) >> 32);
    return coin <= cells_[item].threshold ? static_cast<std::int32_t>(item) : cells_[item].alias;
  }

 private:
  struct Cell {
    std::uint32_t threshold = 0;
    std::int32_t alias = 0;
  };
  std::vector<Cell> cells_;
};

// A random order of [0, count), a pure function of the purpose.
std::vector<std::int32_t> random_order(std::int64_t count, std::string_view purpose) {
  const Random random(0, purpose);
  std::vector<std::pair<std::uint64_t, std::int32_t>> keys(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = {random.bits(i), static_cast<std::int32_t>(i)};
  std::sort(keys.begin(), keys.end());
  std::vector<std::int32_t> order(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].second;
  return order;
}

// w of each item at its id: w of its group, scaled to its own length.
std::vector<double> item_weights(const std::vector<double>& ascending, const std::vector<Group>& groups) {
  const std::vector<std::int32_t> id_of_rank =
      random_order(static_cast<std::int64_t>(ascending.size()), "als_shape.items");
  std::vector<double> weights(ascending.size());
  for (const Group& group : groups) {
    for (std::int64_t rank = group.begin; rank < group.end; ++rank) {
      const double length = ascending[ascending.size() - 1 - static_cast<std::size_t>(rank)];
      const auto id = static_cast<std::size_t>(id_of_rank[static_cast<std::size_t>(rank)]);
      weights[id] = group.weight * length / group.length;
    }
  }
  return weights;
}

// Items by the user who has them in any case, so that no item is without entries.
AlsMatrix given_items(std::int64_t users, std::int64_t items, ThreadPool& pool) {
  const Random random(0, "als_shape.given");
  AlsMatrix by_item{.rows = items, .columns = users, .offsets = {}, .ids = {}};
  by_item.offsets.resize(static_cast<std::size_t>(items) + 1);
  std::iota(by_item.offsets.begin(), by_item.offsets.end(), std::int64_t{0});
  by_item.ids.resize(static_cast<std::size_t>(items));
  for (std::size_t item = 0; item < by_item.ids.size(); ++item)
    by_item.ids[item] = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(users), item));
  return transposed(by_item, pool);
}

// One row: the given items, then draws until the row is full; a drawn item that is there already is drawn again.
class RowFiller {
 public:
  RowFiller(std::int64_t items, const AliasTable& table)
      : table_(&table), taken_(static_cast<std::size_t>((items + 63) / 64)) {}

  void fill(std::int64_t row, std::span<const std::int32_t> given, std::int32_t* ids, std::int64_t length) {
    std::int64_t filled = 0;
    for (const std::int32_t item : given)
      if (filled < length && take(item)) ids[filled++] = item;
    for (std::uint32_t lane = 0; filled < length; ++lane) {
      const PhiloxBlock words = random_.block(static_cast<std::uint64_t>(row), lane);
      for (int half = 0; half < 4 && filled < length; half += 2) {
        const auto place = static_cast<std::size_t>(half);
        const std::int32_t item = table_->draw(words[place], words[place + 1]);
        if (take(item)) ids[filled++] = item;
      }
    }
    std::sort(ids, ids + length);
    for (std::int64_t entry = 0; entry < length; ++entry) taken_[static_cast<std::size_t>(ids[entry]) / 64] = 0;
  }

 private:
  bool take(std::int32_t item) {
    std::uint64_t& word = taken_[static_cast<std::size_t>(item) / 64];
    const std::uint64_t bit = std::uint64_t{1} << (item & 63);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

  const AliasTable* table_;
  Random random_{0, "als_shape.entries"};
  std::vector<std::uint64_t> taken_;
};

}  // namespace

CsrView AlsMatrix::view() const {
  return {.rows = rows,
          .columns = columns,
          .offsets = {offsets.data(), {static_cast<std::int64_t>(offsets.size())}},
          .ids = {ids.data(), {static_cast<std::int64_t>(ids.size())}},
          .values = {}};
}

AlsShape als_shape(std::string_view name) {
  if (name == "ml20m") {
    return {.users = {.rows = 138'493, .least = 20, .median = 68, .largest = 9'254},
            .items = {.rows = 26'744, .least = 1, .median = 18, .largest = 67'310},
            .nnz = 20'000'263};
  }
  if (name == "synthetic200m") {
    return {.users = {.rows = 1'000'000, .least = 20, .median = 95, .largest = 20'000},
            .items = {.rows = 200'000, .least = 1, .median = 60, .largest = 400'000},
            .nnz = 200'000'000};
  }
  fail(ErrorKind::usage, "shape {}: expected ml20m or synthetic200m", name);
}

AlsShape als_shape_share(const AlsShape& shape, double share) {
  KINDRED_CHECK(share > 0.0 && share <= 1.0, "[als_shape] share is {}, expected more than 0 and at most 1", share);
  const auto scaled = [share](std::int64_t value) {
    return static_cast<std::int64_t>(std::llround(share * static_cast<double>(value)));
  };
  AlsShape smaller = shape;
  smaller.users.rows = std::max<std::int64_t>(scaled(shape.users.rows), 2);
  smaller.items.median = std::max(scaled(shape.items.median), shape.items.least + 1);
  smaller.items.largest = std::max(scaled(shape.items.largest), smaller.items.median + 1);
  smaller.nnz = scaled(shape.nnz);
  return smaller;
}

AlsMatrix transposed(const AlsMatrix& matrix, ThreadPool& pool) {
  constexpr std::int64_t kBlocks = 32;  // of rows, each with its own counts
  const std::int64_t block_rows = (matrix.rows + kBlocks - 1) / kBlocks;
  const auto columns = static_cast<std::size_t>(matrix.columns);
  std::vector<std::vector<std::int64_t>> place(kBlocks, std::vector<std::int64_t>(columns));
  const auto entries_of = [&](std::int64_t block) {
    const std::int64_t begin = std::min(matrix.rows, block * block_rows);
    return std::pair(begin, std::min(matrix.rows, begin + block_rows));
  };
  pool.run(kBlocks, [&](std::int64_t block, int) {
    const auto [first, last] = entries_of(block);
    std::vector<std::int64_t>& counts = place[static_cast<std::size_t>(block)];
    const auto* ids = matrix.ids.data();
    for (std::int64_t entry = matrix.offsets[static_cast<std::size_t>(first)];
         entry < matrix.offsets[static_cast<std::size_t>(last)]; ++entry)
      ++counts[static_cast<std::size_t>(ids[entry])];
  });
  AlsMatrix result{.rows = matrix.columns, .columns = matrix.rows, .offsets = {}, .ids = {}};
  result.offsets.resize(columns + 1);
  std::int64_t total = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::vector<std::int64_t>& counts : place) {
      const std::int64_t count = counts[column];
      counts[column] = total;
      total += count;
    }
    result.offsets[column + 1] = total;
  }
  result.ids.resize(matrix.ids.size());
  pool.run(kBlocks, [&](std::int64_t block, int) {
    const auto [first, last] = entries_of(block);
    std::vector<std::int64_t>& next = place[static_cast<std::size_t>(block)];
    for (std::int64_t row = first; row < last; ++row) {
      for (std::int64_t entry = matrix.offsets[static_cast<std::size_t>(row)];
           entry < matrix.offsets[static_cast<std::size_t>(row) + 1]; ++entry) {
        const auto column = static_cast<std::size_t>(matrix.ids[static_cast<std::size_t>(entry)]);
        result.ids[static_cast<std::size_t>(next[column]++)] = static_cast<std::int32_t>(row);
      }
    }
  });
  return result;
}

AlsInteractions make_als_interactions(const AlsShape& shape, ThreadPool& pool) {
  const std::vector<double> user_lengths = law_lengths(shape.users, shape.nnz);
  std::vector<double> item_lengths = law_lengths(shape.items, shape.nnz);
  for (double& length : item_lengths) length -= 1.0;  // the entry that every item is given
  const double start = 1.0 / std::sqrt(static_cast<double>(shape.nnz));
  std::vector<Group> users = groups_of(user_lengths, start);
  std::vector<Group> items = groups_of(item_lengths, start);
  for (int round = 0; round < 60; ++round) {
    approach(users, items);
    approach(items, users);
  }

  AlsMatrix matrix{.rows = shape.users.rows, .columns = shape.items.rows, .offsets = {0}, .ids = {}};
  const std::vector<std::int64_t> lengths = whole_lengths(user_lengths, shape.nnz);
  for (const std::int32_t rank : random_order(matrix.rows, "als_shape.users"))
    matrix.offsets.push_back(matrix.offsets.back() + lengths[static_cast<std::size_t>(rank)]);
  matrix.ids.resize(static_cast<std::size_t>(shape.nnz));

  const AlsMatrix given = given_items(matrix.rows, matrix.columns, pool);
  const AliasTable table(item_weights(item_lengths, items));
  std::vector<RowFiller> fillers(static_cast<std::size_t>(pool.threads()), RowFiller(matrix.columns, table));
  parallel_for(pool, matrix.rows, 64, [&](std::int64_t begin, std::int64_t end, int thread) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t offset = matrix.offsets[static_cast<std::size_t>(row)];
      fillers[static_cast<std::size_t>(thread)].fill(row, given.view().row_ids(row), matrix.ids.data() + offset,
                                                     matrix.offsets[static_cast<std::size_t>(row) + 1] - offset);
    }
  });
  AlsMatrix by_item = transposed(matrix, pool);
  return {std::move(matrix), std::move(by_item)};
}

}  // namespace kindred
