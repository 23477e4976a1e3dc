// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/merge_duplicates.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kindred {

namespace {

// The work on one user's events at a time; the vectors are scratch.
class RowMerger {
 public:
  RowMerger(EventRows& rows, const DataConfig& config, const std::vector<std::int64_t>& borders)
      : rows_(rows), config_(config), borders_(borders) {}

  void merge(std::int64_t user) {
    begin_ = rows_.offsets[user];
    length_ = static_cast<std::size_t>(rows_.offsets[user + 1] - begin_);
    if (length_ == 0) return;
    const auto most = config_.filter.max_user_events;
    if (most && static_cast<std::int64_t>(length_) > *most) {
      std::fill_n(rows_.part.data() + begin_, length_, EventPart::too_active_user);
      return;
    }
    std::fill_n(rows_.part.data() + begin_, length_, EventPart::train);
    if (rows_.order.allocated()) place_in_time();
    sort_by_item();
    std::size_t first = 0;
    while (first < length_) {
      std::size_t last = first + 1;
      while (last < length_ && item(last) == item(first)) ++last;
      if (last - first > 1) merge_run(first, last);
      first = last;
    }
    if (rows_.weights.allocated()) drop_not_positive();
  }

 private:
  std::int32_t item(std::size_t i) const { return rows_.items[begin_ + static_cast<std::int64_t>(i)]; }
  std::int64_t time(std::size_t i) const { return rows_.times[begin_ + static_cast<std::int64_t>(i)]; }

  void place_in_time() {
    sequence_.resize(length_);
    std::iota(sequence_.begin(), sequence_.end(), std::size_t{0});
    if (rows_.times.allocated()) {
      const auto earlier = [this](std::size_t a, std::size_t b) { return time(a) < time(b); };
      std::stable_sort(sequence_.begin(), sequence_.end(), earlier);
    }
    for (std::size_t place = 0; place < length_; ++place) {
      rows_.order[begin_ + static_cast<std::int64_t>(sequence_[place])] = static_cast<std::int32_t>(place);
    }
  }

  template <typename T>
  void permute(HostArray<T>& column, std::vector<T>& scratch) {
    if (!column.allocated()) return;
    T* row = column.data() + begin_;
    scratch.assign(row, row + length_);
    for (std::size_t i = 0; i < length_; ++i) row[i] = scratch[keys_[i] & 0xFFFFFFFFU];
  }

  void sort_by_item() {
    keys_.resize(length_);
    for (std::size_t i = 0; i < length_; ++i) keys_[i] = (std::uint64_t(std::uint32_t(item(i))) << 32) | i;
    if (!std::is_sorted(keys_.begin(), keys_.end())) {
      std::sort(keys_.begin(), keys_.end());
      for (std::size_t i = 0; i < length_; ++i) {
        rows_.items[begin_ + static_cast<std::int64_t>(i)] = static_cast<std::int32_t>(keys_[i] >> 32);
      }
      permute(rows_.weights, weights_);
      permute(rows_.times, times_);
      permute(rows_.order, order_);
    }
  }

  std::size_t period(std::size_t i) const {
    if (borders_.empty()) return 0;
    return static_cast<std::size_t>(std::upper_bound(borders_.begin(), borders_.end(), time(i)) - borders_.begin());
  }

  // Events [first, last) of the same item, in the order of the source.
  void merge_run(std::size_t first, std::size_t last) {
    sequence_.resize(last - first);
    std::iota(sequence_.begin(), sequence_.end(), first);
    if (rows_.times.allocated()) {
      const auto earlier = [this](std::size_t a, std::size_t b) { return time(a) < time(b); };
      std::stable_sort(sequence_.begin(), sequence_.end(), earlier);
    }
    std::size_t from = 0;
    while (from < sequence_.size()) {
      std::size_t to = from + 1;
      while (to < sequence_.size() && period(sequence_[to]) == period(sequence_[from])) ++to;
      merge_period(from, to);
      from = to;
    }
  }

  // Elements [from, to) of sequence_ become one event.
  void merge_period(std::size_t from, std::size_t to) {
    const bool first_stays = config_.duplicates == Duplicates::first;
    const std::int64_t stays = begin_ + static_cast<std::int64_t>(sequence_[first_stays ? from : to - 1]);
    if (rows_.weights.allocated()) {
      double sum = 0.0;
      float largest = rows_.weights[stays];
      for (std::size_t i = from; i < to; ++i) {
        const float weight = rows_.weights[begin_ + static_cast<std::int64_t>(sequence_[i])];
        sum += weight;
        largest = std::max(largest, weight);
      }
      if (config_.duplicates == Duplicates::sum) rows_.weights[stays] = static_cast<float>(sum);
      if (config_.duplicates == Duplicates::max) rows_.weights[stays] = largest;
      if (!std::isfinite(rows_.weights[stays])) {
        fail(ErrorKind::data, "data.duplicates: the weights of a user's {} events with one item sum to {}", to - from,
             sum);
      }
    }
    for (std::size_t i = from; i < to; ++i) {
      const std::int64_t event = begin_ + static_cast<std::int64_t>(sequence_[i]);
      if (event != stays) rows_.part[event] = EventPart::merged_duplicate;
    }
  }

  void drop_not_positive() {
    const auto negative_below = config_.confidence.negative_below;
    for (std::int64_t event = begin_; event < begin_ + static_cast<std::int64_t>(length_); ++event) {
      const float weight = rows_.weights[event];
      const bool negative = negative_below && weight < *negative_below;
      if (rows_.lives(event) && !negative && !(weight > 0.0F)) rows_.part[event] = EventPart::weight_not_positive;
    }
  }

  EventRows& rows_;
  const DataConfig& config_;
  const std::vector<std::int64_t>& borders_;
  std::int64_t begin_ = 0;
  std::size_t length_ = 0;
  std::vector<std::uint64_t> keys_;
  std::vector<std::size_t> sequence_;
  std::vector<float> weights_;
  std::vector<std::int64_t> times_;
  std::vector<std::int32_t> order_;
};

}  // namespace

void merge_duplicates(EventRows& rows, const DataConfig& config, const std::vector<std::int64_t>& period_borders,
                      bool with_order, ThreadPool& pool) {
  const bool sums_ones = !rows.weights.allocated() && config.duplicates == Duplicates::sum && !config.binarize;
  if (sums_ones) rows.weights = HostArray<float>(rows.size(), 1.0F);
  if (with_order) rows.order = HostArray<std::int32_t>(rows.size());
  rows.part = HostArray<EventPart>(rows.size());
  parallel_for(pool, rows.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    RowMerger merger(rows, config, period_borders);
    for (std::int64_t user = begin; user < end; ++user) merger.merge(user);
  });
}

}  // namespace kindred
