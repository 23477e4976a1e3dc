// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/evaluation_measures.h"

#include "kernels/core/parallel.h"
#include "trainer/eval/item_groups.h"
#include "trainer/eval/user_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace kindred {

namespace {

constexpr std::size_t kGroups = kItemGroupNames.size();

bool has_user_values(MetricKind kind) { return kind != MetricKind::coverage && kind != MetricKind::gini; }

std::int64_t common_ids(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  std::int64_t count = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++count;
    a[i] <= b[j] ? ++i : ++j;
  }
  return count;
}

}  // namespace

struct EvaluationMeasures::BlockScratch {
  JudgedList judged;
};

EvaluationMeasures::EvaluationMeasures(const Context& ctx, const EvaluationPart& part, const TrainingFacts& facts,
                                       const EvaluatorOptions& options, const std::vector<std::int64_t>& rows)
    : ctx_(ctx), part_(part), facts_(facts), options_(options), rows_(rows), masked_targets_(rows.size()) {
  const auto add = [&](const MetricName& metric, std::string name, bool lift) {
    UserMeasure& measure = measures_.emplace_back();
    measure.metric = metric;
    measure.name = std::move(name);
    measure.numerator.assign(rows.size(), 0.0);
    measure.denominator.assign(rows.size(), 0.0);
    measure.lift = lift;
  };
  for (const MetricName& metric : options.metrics) {
    if (metric.k > 0) cuts_.push_back(metric.k);
    if (!has_user_values(metric.kind)) {
      exposure_[metric.k].assign(static_cast<std::size_t>(part.targets.columns), 0);
      continue;
    }
    add(metric, to_string(metric), false);
    if (metric.kind == MetricKind::arp) add(metric, "popularity_lift@" + std::to_string(metric.k), true);
    if (metric.kind == MetricKind::diversity && diversity_.empty()) {
      for (int thread = 0; thread < ctx.threads(); ++thread) {
        diversity_.push_back(std::make_unique<DiversityMeter>(facts.item_users));
      }
    }
  }
  std::sort(cuts_.begin(), cuts_.end());
  cuts_.erase(std::unique(cuts_.begin(), cuts_.end()), cuts_.end());
  for (const std::int64_t k : cuts_) tied_[k] = 0;
  for (const std::int64_t events : facts.item_popularity.span()) total_events_ += static_cast<double>(events);
  if (options.breakdown && largest_cut() > 0) {
    groups_ = item_groups(facts.item_popularity);
    exposure_[largest_cut()].assign(static_cast<std::size_t>(part.targets.columns), 0);
    group_hits_.assign(rows.size() * kGroups, 0);
  }
}

bool EvaluationMeasures::needs_full_ranking() const {
  return std::any_of(options_.metrics.begin(), options_.metrics.end(),
                     [](const MetricName& metric) { return metric.kind == MetricKind::auc; });
}

std::int64_t EvaluationMeasures::largest_cut() const { return cuts_.empty() ? 0 : cuts_.back(); }

std::int64_t EvaluationMeasures::places_needed() const {
  return needs_full_ranking() ? std::numeric_limits<std::int64_t>::max() : largest_cut();
}

void EvaluationMeasures::set(UserMeasure& measure, std::size_t user, double value) const {
  if (std::isnan(value)) return;
  measure.numerator[user] = value;
  measure.denominator[user] = 1.0;
}

void EvaluationMeasures::add_block(std::size_t first, const RankResult& ranked) {
  const std::int64_t places = ranked.items.size(1);
  std::vector<BlockScratch> scratch(static_cast<std::size_t>(ctx_.threads()));
  parallel_for(ctx_.pool(), ranked.items.size(0), 16, [&](std::int64_t begin, std::int64_t end, int thread) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int32_t* items = ranked.items.row(row);
      // The list ends at the first place that is not filled.
      const std::size_t filled = static_cast<std::size_t>(std::find(items, items + places, -1) - items);
      BlockScratch& own = scratch[static_cast<std::size_t>(thread)];
      const std::size_t user = first + static_cast<std::size_t>(row);
      measure_user(user, {items, filled}, {ranked.scores.row(row), filled}, own);
      for (UserMeasure& measure : measures_) {
        if (measure.metric.kind != MetricKind::diversity) continue;
        const auto k = std::min(filled, static_cast<std::size_t>(measure.metric.k));
        set(measure, user, (*diversity_[static_cast<std::size_t>(thread)])({items, k}));
      }
    }
  });
  for (auto& [k, exposure] : exposure_) {
    for (std::int64_t row = 0; row < ranked.items.size(0); ++row) {
      for (std::int64_t place = 0; place < std::min(k, places) && ranked.items(row, place) >= 0; ++place) {
        ++exposure[static_cast<std::size_t>(ranked.items(row, place))];
      }
    }
  }
  for (auto& [k, tied] : tied_) {
    if (k == places) {
      tied += ranked.tied_boundaries;
      continue;
    }
    for (std::int64_t row = 0; row < ranked.items.size(0) && k < places; ++row) {
      tied += ranked.items(row, k) >= 0 && ranked.scores(row, k - 1) == ranked.scores(row, k) ? 1 : 0;
    }
  }
}

void EvaluationMeasures::measure_user(std::size_t user, std::span<const std::int32_t> items,
                                      std::span<const float> scores, BlockScratch& scratch) {
  const std::int64_t row = rows_[user];
  const auto targets = part_.targets.row_ids(row);
  const auto history = part_.history.row_ids(row);
  std::span<const float> weights;
  if (part_.targets.has_values()) {
    weights = {part_.targets.values.data() + part_.targets.begin(row), targets.size()};
  }
  // With a full ranking the list is long; accuracy looks at the largest cut of it only.
  const auto cut = std::min(items.size(), static_cast<std::size_t>(largest_cut()));
  judge(items.first(cut), targets, weights, options_.graded_gain, scratch.judged);
  masked_targets_[user] = options_.mask_seen ? common_ids(targets, history) : 0;
  for (UserMeasure& measure : measures_) {
    const MetricName& metric = measure.metric;
    const auto list = items.first(std::min(items.size(), static_cast<std::size_t>(metric.k)));
    if (is_user_accuracy(metric.kind)) {
      set(measure, user, user_metric(scratch.judged, metric));
    } else if (metric.kind == MetricKind::auc) {
      const std::int64_t masked = options_.mask_seen ? static_cast<std::int64_t>(history.size()) : 0;
      set(measure, user,
          user_auc(items, scores, targets, part_.targets.columns - masked,
                   static_cast<std::int64_t>(targets.size()) - masked_targets_[user]));
    } else if (metric.kind == MetricKind::novelty) {
      set(measure, user, novelty(list, facts_.item_popularity, total_events_));
    } else if (metric.kind == MetricKind::arp && !measure.lift) {
      set(measure, user, mean_popularity(list, facts_.item_popularity));
    } else if (measure.lift && !list.empty() && !history.empty()) {
      measure.numerator[user] = mean_popularity(list, facts_.item_popularity);
      measure.denominator[user] = mean_popularity(history, facts_.item_popularity);
    }
  }
  if (!group_hits_.empty()) {
    for (const std::int64_t place : scratch.judged.hits) {
      ++group_hits_[user * kGroups + groups_[static_cast<std::size_t>(items[static_cast<std::size_t>(place - 1)])]];
    }
  }
}

MetricResult EvaluationMeasures::user_result(const UserMeasure& measure) const {
  MetricResult result;
  result.name = measure.name;
  result.value = ratio_value({measure.numerator, measure.denominator}) - (measure.lift ? 1.0 : 0.0);
  result.per_user.resize(rows_.size(), kNoValue);
  for (std::size_t user = 0; user < rows_.size(); ++user) {
    if (measure.denominator[user] == 0.0) continue;
    result.per_user[user] = measure.numerator[user] / measure.denominator[user] - (measure.lift ? 1.0 : 0.0);
    ++result.users;
  }
  return result;
}

void EvaluationMeasures::finish(EvaluationResult& result) const {
  std::vector<RatioStatistic> statistics;
  for (const UserMeasure& measure : measures_) statistics.push_back({measure.numerator, measure.denominator});
  const auto intervals = bootstrap_intervals(ctx_, statistics, options_.bootstrap_samples, options_.seed);
  // In the order asked for.
  std::size_t next = 0;
  for (const MetricName& metric : options_.metrics) {
    if (!has_user_values(metric.kind)) {
      const std::vector<std::int64_t>& exposure = exposure_.at(metric.k);
      MetricResult& catalogue = result.metrics.emplace_back();
      catalogue.name = to_string(metric);
      catalogue.value = metric.kind == MetricKind::coverage ? coverage(exposure) : gini(exposure);
      catalogue.users = static_cast<std::int64_t>(rows_.size());
      continue;
    }
    do {
      const UserMeasure& measure = measures_[next];
      result.metrics.push_back(user_result(measure));
      const double shift = measure.lift ? 1.0 : 0.0;
      if (options_.bootstrap_samples > 0) {
        result.metrics.back().ci95 = Interval{intervals[next].low - shift, intervals[next].high - shift};
      }
      ++next;
    } while (next < measures_.size() && measures_[next].lift);
  }
  for (const std::int64_t masked : masked_targets_) result.masked_targets += masked;
  result.tied_boundaries = tied_;
  if (options_.breakdown && !rows_.empty()) {
    add_activity(result);
    if (largest_cut() > 0) add_popularity(result);
  }
}

void EvaluationMeasures::add_activity(EvaluationResult& result) const {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t row : rows_) lengths.push_back(part_.history.length(row));
  const std::vector<std::uint8_t> decile = deciles(lengths);
  std::array<ActivityGroup, 10> groups;
  for (std::size_t user = 0; user < rows_.size(); ++user) {
    ActivityGroup& group = groups[decile[user]];
    group.shortest_history = group.users == 0 ? lengths[user] : std::min(group.shortest_history, lengths[user]);
    group.longest_history = std::max(group.longest_history, lengths[user]);
    ++group.users;
  }
  for (std::size_t d = 0; d < groups.size(); ++d) {
    if (groups[d].users == 0) continue;
    groups[d].decile = static_cast<std::int64_t>(d) + 1;
    for (const UserMeasure& measure : measures_) {
      double numerator = 0.0;
      double denominator = 0.0;
      for (std::size_t user = 0; user < rows_.size(); ++user) {
        if (decile[user] != d) continue;
        numerator += measure.numerator[user];
        denominator += measure.denominator[user];
      }
      groups[d].metrics[measure.name] =
          denominator > 0.0 ? numerator / denominator - (measure.lift ? 1.0 : 0.0) : kNoValue;
    }
    result.activity.push_back(groups[d]);
  }
}

void EvaluationMeasures::add_popularity(EvaluationResult& result) const {
  std::array<PopularityGroup, kGroups> groups;
  std::array<double, kGroups> exposure{};
  std::array<double, kGroups> targets{};
  std::array<double, kGroups> events{};
  const std::vector<std::int64_t>& shown = exposure_.at(largest_cut());
  for (std::size_t item = 0; item < groups_.size(); ++item) {
    const std::size_t g = groups_[item];
    ++groups[g].items;
    exposure[g] += static_cast<double>(shown[item]);
    events[g] += static_cast<double>(facts_.item_popularity(static_cast<std::int64_t>(item)));
  }
  for (std::size_t user = 0; user < rows_.size(); ++user) {
    std::array<double, kGroups> relevant{};
    for (const std::int32_t item : part_.targets.row_ids(rows_[user]))
      ++relevant[groups_[static_cast<std::size_t>(item)]];
    for (std::size_t g = 0; g < kGroups; ++g) {
      targets[g] += relevant[g];
      if (relevant[g] == 0.0) continue;
      groups[g].recall += static_cast<double>(group_hits_[user * kGroups + g]) / relevant[g];
      ++groups[g].recall_users;
    }
  }
  const auto share = [](double part, const std::array<double, kGroups>& all) {
    double sum = 0.0;
    for (const double one : all) sum += one;
    return sum > 0.0 ? part / sum : kNoValue;
  };
  for (std::size_t g = 0; g < kGroups; ++g) {
    PopularityGroup& group = groups[g];
    group.name = kItemGroupNames[g];
    group.k = largest_cut();
    group.catalogue_share = static_cast<double>(group.items) / static_cast<double>(groups_.size());
    group.training_share = share(events[g], events);
    group.target_share = share(targets[g], targets);
    group.exposure_share = share(exposure[g], exposure);
    group.recall = group.recall_users > 0 ? group.recall / static_cast<double>(group.recall_users) : kNoValue;
    result.popularity.push_back(group);
  }
}

}  // namespace kindred
