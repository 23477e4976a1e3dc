// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/build_dataset.h"

#include "kernels/core/check.h"
#include "trainer/data/prepare/clean_events.h"
#include "trainer/data/prepare/confidence.h"
#include "trainer/data/prepare/evaluation_part.h"
#include "trainer/data/prepare/group_by_key.h"
#include "trainer/data/prepare/k_core.h"
#include "trainer/data/prepare/merge_duplicates.h"
#include "trainer/data/prepare/rank_ids.h"
#include "trainer/data/prepare/split_events.h"
#include "trainer/data/prepare/training_matrix.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace kindred {

namespace {

constexpr std::int64_t kEventsAtOnce = std::int64_t{1} << 18;

template <typename T>
HostArray<T> grouped(const GroupByKey& group, GrowingArray<T>& column) {
  if (column.empty()) return {};
  HostArray<T> sorted = group.apply(column.data());
  column.clear();
  return sorted;
}

// Codes become ranks; the columns are grouped by user and freed.
EventRows group_by_user(RawEvents& raw, const HostArray<std::int32_t>& user_ranks,
                        const HostArray<std::int32_t>& item_ranks, std::int64_t num_users, std::int64_t num_items,
                        ThreadPool& pool) {
  parallel_for(pool, raw.size(), kEventsAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t event = begin; event < end; ++event) {
      raw.users.codes[event] = user_ranks[raw.users.codes[event]];
      raw.items.codes[event] = item_ranks[raw.items.codes[event]];
    }
  });
  EventRows rows;
  rows.num_users = num_users;
  rows.num_items = num_items;
  GroupByKey group(pool, raw.users.codes.data(), raw.size(), num_users);
  rows.items = group.apply(raw.items.codes.data());
  raw.items.codes.clear();
  rows.weights = grouped(group, raw.weights);
  rows.times = grouped(group, raw.timestamps);
  rows.offsets = group.take_offsets();
  raw.users.codes.clear();
  return rows;
}

void add_part_counts(const EventRows& rows, Counts& counts, ThreadPool& pool) {
  std::array<std::int64_t, kEventParts> sums{};
  for (int part = static_cast<int>(EventPart::merged_duplicate); part < kEventParts; ++part) {
    sums[static_cast<std::size_t>(part)] = static_cast<std::int64_t>(
        parallel_sum(pool, rows.size(), kEventsAtOnce, [&](std::int64_t begin, std::int64_t end) {
          const EventPart wanted = static_cast<EventPart>(part);
          return static_cast<double>(std::count(rows.part.data() + begin, rows.part.data() + end, wanted));
        }));
  }
  const auto add = [&](EventPart part, std::string_view name) {
    add_count(counts, name, sums[static_cast<std::size_t>(part)]);
  };
  add(EventPart::too_active_user, "too_active_user");
  add(EventPart::merged_duplicate, "merged_duplicate");
  add(EventPart::weight_not_positive, "weight_not_positive");
  add(EventPart::below_k_core, "below_k_core");
  add(EventPart::not_a_chosen_target, "not_a_chosen_target");
}

void add_clean_counts(const CleanCounts& clean, Counts& counts) {
  add_count(counts, "below_min_weight", clean.below_min_weight);
  add_count(counts, "outside_time_range", clean.outside_time_range);
  add_count(counts, "event_kind", clean.event_kind);
}

class Builder {
 public:
  Builder(const DataConfig& data, const SplitConfig& split, const PseudonymKey* key, ThreadPool& pool,
          Progress& progress, PrepareReport& report)
      : data_(data), split_(split), key_(key), pool_(pool), progress_(progress), report_(report) {}

  DatasetArrays build(RawDataset raw) {
    check_source(raw.events);
    stage("cleaning", [&] { clean(raw.events); });
    stage("grouping by user", [&] { group(raw.events); });
    stage("merging and filtering", [&] {
      merge_duplicates(rows_, data_, period_borders(split_), needs_order(split_), pool_);
      drop_below_k_core(rows_, data_.filter, pool_);
    });
    stage("splitting", [&] { split(raw); });
    DatasetArrays arrays;
    stage("building matrices", [&] { finish(arrays); });
    arrays.statistics_json = report_.to_json();
    return arrays;
  }

 private:
  template <typename Body>
  void stage(std::string_view name, Body&& body) {
    progress_.begin(name, 0, "events");
    body();
    progress_.end();
  }

  void check_source(const RawEvents& events) const {
    check_split(split_, !events.timestamps.empty(), events.source_order_is_time);
    if (data_.confidence.half_life_days && events.timestamps.empty()) {
      fail(ErrorKind::usage, "data.confidence.half_life_days: needs timestamps; set data.columns.timestamp");
    }
  }

  void clean(RawEvents& events) {
    report_.rows_read = events.counts.rows_read;
    add_clean_counts(clean_events(events, data_), report_.dropped);
    if (events.size() == 0) fail_empty("the filters");
  }

  void group(RawEvents& events) {
    user_ids_ = key_ != nullptr ? key_->apply(events.users.ids, pool_) : std::move(events.users.ids);
    item_ids_ = std::move(events.items.ids);
    events.users.ids.clear();
    users_ = rank_ids(user_ids_);
    items_ = rank_ids(item_ids_);
    rows_ = group_by_user(events, users_.rank_of_code, items_.rank_of_code, user_ids_.size(), item_ids_.size(), pool_);
  }

  void split(RawDataset& raw) {
    const SplitKeys keys{hashes_of(user_ids_, users_), hashes_of(item_ids_, items_)};
    roles_ = split_events(rows_, split_, keys, pool_);
    add_part_counts(rows_, report_.dropped, pool_);
    rows_.order.reset();
    if (raw.validation) given_validation_ = given_rows(*raw.validation, report_.validation);
    if (raw.test) given_test_ = given_rows(*raw.test, report_.test);
  }

  // Events of a given file, in the ranks of the training data.
  EventRows given_rows(RawEvents& events, PartReport& part) {
    add_clean_counts(clean_events(events, data_), part.dropped);
    const IdTable user_ids = key_ != nullptr ? key_->apply(events.users.ids, pool_) : std::move(events.users.ids);
    const IdTable& item_ids = events.items.ids;
    HostArray<std::int32_t> user_ranks = ranks_in(user_ids, user_ids_, users_);
    HostArray<std::int32_t> item_ranks = ranks_in(item_ids, item_ids_, items_);
    keep_known(events, user_ranks, item_ranks, part);
    EventRows rows = group_by_user(events, user_ranks, item_ranks, rows_.num_users, rows_.num_items, pool_);
    DataConfig merging = data_;
    merging.filter.max_user_events.reset();
    merge_duplicates(rows, merging, {}, false, pool_);
    add_part_counts(rows, part.dropped, pool_);
    return rows;
  }

  static HostArray<std::int32_t> ranks_in(const IdTable& from, const IdTable& to, const RankedIds& ranked) {
    HostArray<std::int32_t> ranks(from.size());
    for (std::int32_t code = 0; code < from.size(); ++code) {
      const std::int32_t found =
          from.integers() && to.integers() ? to.find(from.integer(code)) : to.find(std::string_view(from.text(code)));
      ranks[code] = found < 0 ? kNoRow : ranked.rank_of_code[found];
    }
    return ranks;
  }

  // Events whose user or item never occurs in the training source fall away here.
  static void keep_known(RawEvents& events, const HostArray<std::int32_t>& users, const HostArray<std::int32_t>& items,
                         PartReport& part) {
    std::int64_t kept = 0;
    std::int64_t unknown_user = 0;
    std::int64_t unknown_item = 0;
    std::vector<bool> known(static_cast<std::size_t>(users.size()), false);
    std::vector<bool> stays(static_cast<std::size_t>(users.size()), false);
    for (std::int64_t event = 0; event < events.size(); ++event) {
      const std::int32_t user = events.users.codes[event];
      const std::int32_t item = events.items.codes[event];
      known[static_cast<std::size_t>(user)] = true;
      if (users[user] == kNoRow) {
        unknown_user++;
      } else if (items[item] == kNoRow) {
        unknown_item++;
      } else {
        stays[static_cast<std::size_t>(user)] = true;
        events.users.codes[kept] = user;
        events.items.codes[kept] = item;
        if (!events.weights.empty()) events.weights[kept] = events.weights[event];
        if (!events.timestamps.empty()) events.timestamps[kept] = events.timestamps[event];
        ++kept;
      }
    }
    events.users.codes.resize(kept);
    events.items.codes.resize(kept);
    if (!events.weights.empty()) events.weights.resize(kept);
    if (!events.timestamps.empty()) events.timestamps.resize(kept);
    add_count(part.dropped, "user_not_in_source", unknown_user);
    add_count(part.dropped, "item_not_in_source", unknown_item);
    for (std::size_t user = 0; user < known.size(); ++user) part.dropped_users += known[user] && !stays[user] ? 1 : 0;
  }

  void finish(DatasetArrays& arrays) {
    const TrainingRows training = find_training_rows(rows_, roles_, pool_);
    if (training.user_ranks.size() == 0) fail_empty("filters, k-core and split");
    const Confidence confidence(data_, training.newest_ms);
    build_parts(arrays, training, confidence);
    given_validation_.reset();
    given_test_.reset();
    arrays.users = user_dictionary(training, arrays);
    arrays.items = dictionary_of(item_ids_, items_, training.item_ranks);
    build_training_matrix(rows_, training, confidence, arrays, pool_);
    describe(arrays);
  }

  void build_parts(DatasetArrays& arrays, const TrainingRows& training, const Confidence& confidence) {
    const bool held_out = split_.protocol == SplitProtocol::held_out_users;
    const PartSource train{&rows_, EventPart::train};
    const PartSource validation = given_validation_ ? PartSource{&*given_validation_, EventPart::train}
                                                    : PartSource{&rows_, EventPart::validation};
    const PartSource test =
        given_test_ ? PartSource{&*given_test_, EventPart::train} : PartSource{&rows_, EventPart::test};
    PartSources sources;
    const std::vector<std::int64_t> borders = period_borders(split_);
    if (!borders.empty()) sources.test_from_ms = borders.back();

    if (has_validation()) {
      sources.targets = validation;
      sources.history = {train};
      sources.role = held_out ? UserRole::validation : UserRole::training;
      arrays.validation = build_evaluation_part(sources, training, roles_, confidence, report_.validation, pool_);
    }
    if (has_test()) {
      sources.targets = test;
      sources.history = {train};
      if (!held_out && has_validation()) sources.history.push_back(validation);
      sources.role = held_out ? UserRole::test : UserRole::training;
      arrays.test = build_evaluation_part(sources, training, roles_, confidence, report_.test, pool_);
    }
  }

  bool has_validation() const {
    return given_validation_ || split_.validation_ratio > 0.0 || split_.protocol == SplitProtocol::leave_one_out ||
           (split_.protocol == SplitProtocol::global_temporal && !split_.validation_time.empty()) ||
           (split_.protocol == SplitProtocol::held_out_users && split_.validation_users > 0);
  }
  bool has_test() const {
    return given_test_ || (split_.protocol != SplitProtocol::none && split_.protocol != SplitProtocol::given);
  }

  // Training users, then held-out users that are evaluated; the parts' ranks become rows.
  DictionaryArrays user_dictionary(const TrainingRows& training, DatasetArrays& arrays) {
    std::vector<std::int32_t> held_out;
    for (EvaluationArrays* part : {&arrays.validation, &arrays.test}) {
      if (part->present && part->fold_in) held_out.insert(held_out.end(), part->users.begin(), part->users.end());
    }
    std::sort(held_out.begin(), held_out.end());
    const auto first = static_cast<std::int32_t>(training.user_ranks.size());
    for (EvaluationArrays* part : {&arrays.validation, &arrays.test}) {
      for (std::int32_t& user : part->users) {
        const auto place = std::lower_bound(held_out.begin(), held_out.end(), user) - held_out.begin();
        user = part->fold_in ? first + static_cast<std::int32_t>(place) : training.row_of_user[user];
      }
    }
    HostArray<std::int32_t> ranks(first + static_cast<std::int64_t>(held_out.size()));
    std::copy(held_out.begin(), held_out.end(),
              std::copy(training.user_ranks.begin(), training.user_ranks.end(), ranks.begin()));
    report_.held_out_users = static_cast<std::int64_t>(held_out.size());
    return dictionary_of(user_ids_, users_, ranks);
  }

  void describe(const DatasetArrays& arrays) {
    report_.users = arrays.train.rows;
    report_.items = arrays.train.columns;
    report_.entries = arrays.train.nnz();
    report_.has_values = arrays.train.values.allocated();
    report_.negative_entries =
        std::count_if(arrays.train.values.begin(), arrays.train.values.end(), [](float value) { return value < 0.0F; });
    report_.user_entries = length_statistics(arrays.train.offsets);
    report_.item_entries = length_statistics(arrays.train_transposed.offsets);
    report_.has_timestamps = arrays.timestamps.allocated();
    if (report_.has_timestamps && arrays.timestamps.size() > 0) {
      const auto [oldest, newest] = std::minmax_element(arrays.timestamps.begin(), arrays.timestamps.end());
      report_.oldest_s = *oldest;
      report_.newest_s = *newest;
    }
  }

  [[noreturn]] void fail_empty(std::string_view after) const {
    std::string causes;
    for (const auto& [name, count] : report_.dropped)
      causes += fmt::format("{}{} {}", causes.empty() ? "" : ", ", count, name);
    fail(ErrorKind::data, "no event is left for training after {} ({} read; dropped: {})", after, report_.rows_read,
         causes.empty() ? "none" : causes);
  }

  const DataConfig& data_;
  const SplitConfig& split_;
  const PseudonymKey* key_;
  ThreadPool& pool_;
  Progress& progress_;
  PrepareReport& report_;
  IdTable user_ids_;
  IdTable item_ids_;
  RankedIds users_;
  RankedIds items_;
  EventRows rows_;
  HostArray<UserRole> roles_;
  std::optional<EventRows> given_validation_;
  std::optional<EventRows> given_test_;
};

}  // namespace

DatasetArrays build_dataset(RawDataset raw, const DataConfig& data, const SplitConfig& split, const PseudonymKey* key,
                            ThreadPool& pool, Progress& progress, PrepareReport& report) {
  return Builder(data, split, key, pool, progress, report).build(std::move(raw));
}

}  // namespace kindred
