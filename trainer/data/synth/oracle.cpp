// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/oracle.h"

#include "trainer/data/synth/hidden_visits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace kindred {

namespace {

// Sampled users times items: bounds the work.
constexpr std::int64_t kMaxScores = 400'000'000;
constexpr std::int64_t kFewestUsers = 200;

struct UserScores {
  bool counted = false;
  double oracle_recall = 0.0;
  double oracle_ndcg = 0.0;
  double popularity_recall = 0.0;
  double popularity_ndcg = 0.0;
};

// Scratch of one thread, sized by the catalogue once.
struct Scratch {
  std::vector<double> scores;
  std::vector<char> seen;
  std::vector<char> hidden;
  std::vector<std::int32_t> top;
};

// The k best items that are not seen: score descending, then item ascending.
template <typename Score>
void top_items(std::int64_t items, std::int64_t k, const std::vector<char>& seen, Score&& score,
               std::vector<std::int32_t>& top) {
  top.clear();
  const auto better = [&](std::int32_t a, std::int32_t b) {
    const double score_a = score(a);
    const double score_b = score(b);
    return score_a != score_b ? score_a > score_b : a < b;
  };
  double bar = -std::numeric_limits<double>::infinity();  // a candidate must reach it once the heap is full
  for (std::int32_t item = 0; item < items; ++item) {
    if (score(item) < bar || seen[static_cast<std::size_t>(item)]) continue;
    if (static_cast<std::int64_t>(top.size()) == k) {
      if (!better(item, top.front())) continue;
      std::pop_heap(top.begin(), top.end(), better);
      top.back() = item;
    } else {
      top.push_back(item);
    }
    std::push_heap(top.begin(), top.end(), better);
    if (static_cast<std::int64_t>(top.size()) == k) bar = score(top.front());
  }
  std::sort_heap(top.begin(), top.end(), better);
}

void recall_and_ndcg(const std::vector<std::int32_t>& top, const std::vector<char>& hidden, std::int64_t relevant,
                     std::int64_t k, double& recall, double& ndcg) {
  double hits = 0.0;
  double gain = 0.0;
  double ideal = 0.0;
  for (std::size_t place = 0; place < top.size(); ++place) {
    if (!hidden[static_cast<std::size_t>(top[place])]) continue;
    hits += 1.0;
    gain += 1.0 / std::log2(static_cast<double>(place) + 2.0);
  }
  for (std::int64_t place = 0; place < std::min(k, relevant); ++place) {
    ideal += 1.0 / std::log2(static_cast<double>(place) + 2.0);
  }
  recall = hits / static_cast<double>(relevant);
  ndcg = gain / ideal;
}

class OracleSimulation {
 public:
  OracleSimulation(const SynthWorld& world, const OracleOptions& options)
      : world_(world),
        options_(options),
        predecessors_(world),
        holdout_(world.options().seed, "synth.oracle.holdout") {}

  void measure(std::int64_t user, std::uint32_t events, Scratch& scratch, UserScores& random,
               UserScores& leave_one_out) const {
    const TasteProfile tastes = world_.tastes(user);
    std::vector<std::int32_t> visits;
    for (std::uint32_t ordinal = 0; ordinal < events; ++ordinal) {
      visits.push_back(world_.visit(tastes, user, ordinal, visits.empty() ? -1 : visits.back()).item);
    }
    std::vector<std::int32_t> held_out;
    std::vector<std::int32_t> distinct(visits);
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (const std::int32_t item : distinct) {
      const double draw = holdout_.uniform(static_cast<std::uint64_t>(user), static_cast<std::uint32_t>(item));
      if (draw < options_.test_ratio) held_out.push_back(item);
    }
    score_split(tastes, visits, held_out, scratch, random, [&](std::span<const std::int32_t> seen) {
      score_hidden_visits(world_, predecessors_, tastes, seen, options_.test_ratio, scratch.scores);
    });
    held_out.assign(1, visits.back());
    score_split(tastes, visits, held_out, scratch, leave_one_out, [&](std::span<const std::int32_t> seen) {
      score_next_visit(world_, tastes, seen.back(), scratch.scores);
    });
  }

 private:
  template <typename Scorer>
  void score_split(const TasteProfile&, const std::vector<std::int32_t>& visits,
                   const std::vector<std::int32_t>& held_out, Scratch& scratch, UserScores& result,
                   Scorer&& scorer) const {
    for (const std::int32_t item : held_out) scratch.hidden[static_cast<std::size_t>(item)] = 1;
    std::vector<std::int32_t> seen;
    for (const std::int32_t item : visits) {
      if (!scratch.hidden[static_cast<std::size_t>(item)]) seen.push_back(item);
    }
    if (!held_out.empty() && !seen.empty()) {
      const auto relevant = static_cast<std::int64_t>(held_out.size());
      for (const std::int32_t item : seen) scratch.seen[static_cast<std::size_t>(item)] = 1;
      scorer(seen);
      const std::int64_t items = world_.options().items;
      top_items(
          items, options_.k, scratch.seen,
          [&](std::int32_t item) { return scratch.scores[static_cast<std::size_t>(item)]; }, scratch.top);
      recall_and_ndcg(scratch.top, scratch.hidden, relevant, options_.k, result.oracle_recall, result.oracle_ndcg);
      top_items(
          items, options_.k, scratch.seen, [&](std::int32_t item) { return world_.popularity(item); }, scratch.top);
      recall_and_ndcg(scratch.top, scratch.hidden, relevant, options_.k, result.popularity_recall,
                      result.popularity_ndcg);
      result.counted = true;
      for (const std::int32_t item : seen) scratch.seen[static_cast<std::size_t>(item)] = 0;
    }
    for (const std::int32_t item : held_out) scratch.hidden[static_cast<std::size_t>(item)] = 0;
  }

  const SynthWorld& world_;
  OracleOptions options_;
  Predecessors predecessors_;
  Random holdout_;
};

template <typename Value>
OracleMetric mean_of(const std::vector<UserScores>& users, Value&& value) {
  double sum = 0.0;
  double squares = 0.0;
  double count = 0.0;
  for (const UserScores& user : users) {
    if (!user.counted) continue;
    count += 1.0;
    sum += value(user);
    squares += value(user) * value(user);
  }
  if (count == 0.0) return {};
  const double mean = sum / count;
  const double variance = count > 1.0 ? std::max(0.0, (squares - count * mean * mean) / (count - 1.0)) : 0.0;
  return {mean, 1.96 * std::sqrt(variance / count)};
}

OracleProtocol summary(const std::vector<UserScores>& users) {
  OracleProtocol protocol;
  protocol.users = std::count_if(users.begin(), users.end(), [](const UserScores& user) { return user.counted; });
  protocol.oracle.recall = mean_of(users, [](const UserScores& user) { return user.oracle_recall; });
  protocol.oracle.ndcg = mean_of(users, [](const UserScores& user) { return user.oracle_ndcg; });
  protocol.popularity.recall = mean_of(users, [](const UserScores& user) { return user.popularity_recall; });
  protocol.popularity.ndcg = mean_of(users, [](const UserScores& user) { return user.popularity_ndcg; });
  return protocol;
}

}  // namespace

OracleReport measure_oracle(const SynthWorld& world, const OracleOptions& options, ThreadPool& pool) {
  const std::int64_t items = world.options().items;
  const std::vector<std::uint32_t> events = world.events_of_users();
  std::vector<std::int64_t> candidates;
  for (std::size_t user = 0; user < events.size(); ++user) {
    if (events[user] > 0) candidates.push_back(static_cast<std::int64_t>(user));
  }
  const std::int64_t affordable = std::max(kFewestUsers, kMaxScores / std::max<std::int64_t>(1, items));
  const std::int64_t count = std::min({static_cast<std::int64_t>(candidates.size()), options.max_users, affordable});
  OracleReport report;
  report.sampled_users = count;
  if (count == 0) return report;

  // The first `count` places of a shuffle.
  const Random shuffle(world.options().seed, "synth.oracle.users");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::uint64_t>(static_cast<std::int64_t>(candidates.size()) - i);
    const std::int64_t other = i + static_cast<std::int64_t>(shuffle.below(left, static_cast<std::uint64_t>(i)));
    std::swap(candidates[static_cast<std::size_t>(i)], candidates[static_cast<std::size_t>(other)]);
  }

  const OracleSimulation simulation(world, options);
  std::vector<Scratch> scratch(static_cast<std::size_t>(pool.threads()));
  std::vector<UserScores> random(static_cast<std::size_t>(count));
  std::vector<UserScores> leave_one_out(static_cast<std::size_t>(count));
  parallel_for(pool, count, 8, [&](std::int64_t begin, std::int64_t end, int thread) {
    Scratch& mine = scratch[static_cast<std::size_t>(thread)];
    mine.scores.resize(static_cast<std::size_t>(items));
    mine.seen.resize(static_cast<std::size_t>(items));
    mine.hidden.resize(static_cast<std::size_t>(items));
    for (std::int64_t i = begin; i < end; ++i) {
      const auto place = static_cast<std::size_t>(i);
      const std::int64_t user = candidates[place];
      simulation.measure(user, events[static_cast<std::size_t>(user)], mine, random[place], leave_one_out[place]);
    }
  });
  report.random = summary(random);
  report.leave_one_out = summary(leave_one_out);
  return report;
}

}  // namespace kindred
