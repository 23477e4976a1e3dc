// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/training_matrix.h"

#include "trainer/data/prepare/group_by_key.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace kindred {

namespace {

// Numbers the ranks that have events; ascending.
HostArray<std::int32_t> number(HostArray<std::int32_t>& row_of, const HostArray<std::int64_t>& events) {
  std::int32_t rows = 0;
  for (std::int64_t rank = 0; rank < row_of.size(); ++rank) row_of[rank] = events[rank] > 0 ? rows++ : kNoRow;
  HostArray<std::int32_t> ranks(rows);
  for (std::int64_t rank = 0; rank < row_of.size(); ++rank) {
    if (row_of[rank] != kNoRow) ranks[row_of[rank]] = static_cast<std::int32_t>(rank);
  }
  return ranks;
}

// Copies of the training events: out[k] = get(event) for the k-th of them, in order.
template <typename T, typename Get>
HostArray<T> training_column(const EventRows& rows, const TrainingRows& training, const CsrArrays& train,
                             ThreadPool& pool, Get&& get) {
  HostArray<T> column(train.offsets[train.rows]);
  parallel_for(pool, train.rows, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t user = training.user_ranks[row];
      std::int64_t next = train.offsets[row];
      for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
        if (rows.part[event] == EventPart::train) column[next++] = get(event);
      }
    }
  });
  return column;
}

bool all_ones(const HostArray<float>& values, ThreadPool& pool) {
  std::atomic<bool> other{false};
  parallel_for(pool, values.size(), std::int64_t{1} << 18, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (values[i] != 1.0F) return other.store(true, std::memory_order_relaxed);
    }
  });
  return !other.load();
}

void transpose(const CsrArrays& from, CsrArrays& to, ThreadPool& pool) {
  HostArray<std::int32_t> row_of_entry(from.nnz());
  parallel_for(pool, from.rows, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::fill(row_of_entry.data() + from.offsets[row], row_of_entry.data() + from.offsets[row + 1],
                static_cast<std::int32_t>(row));
    }
  });
  GroupByKey group(pool, from.ids.data(), from.nnz(), from.columns);
  to.rows = from.columns;
  to.columns = from.rows;
  to.ids = group.apply(row_of_entry.data());
  row_of_entry.reset();
  if (from.values.allocated()) to.values = group.apply(from.values.data());
  to.offsets = group.take_offsets();
}

}  // namespace

TrainingRows find_training_rows(const EventRows& rows, const HostArray<UserRole>& roles, ThreadPool& pool) {
  TrainingRows training;
  HostArray<std::int64_t> user_events(rows.num_users, 0);
  HostArray<std::int64_t> item_events(rows.num_items, 0);
  std::mutex mutex;
  parallel_for(pool, rows.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t newest = std::numeric_limits<std::int64_t>::min();
    for (std::int64_t user = begin; user < end; ++user) {
      if (roles.allocated() && roles[user] != UserRole::training) continue;
      for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
        if (rows.part[event] != EventPart::train) continue;
        user_events[user]++;
        std::atomic_ref(item_events[rows.items[event]]).fetch_add(1, std::memory_order_relaxed);
        if (rows.times.allocated()) newest = std::max(newest, rows.times[event]);
      }
    }
    const std::lock_guard lock(mutex);
    training.newest_ms = std::max(training.newest_ms, newest);
  });
  training.row_of_user = HostArray<std::int32_t>(rows.num_users);
  training.row_of_item = HostArray<std::int32_t>(rows.num_items);
  training.user_ranks = number(training.row_of_user, user_events);
  training.item_ranks = number(training.row_of_item, item_events);
  return training;
}

void build_training_matrix(EventRows& rows, const TrainingRows& training, const Confidence& confidence,
                           DatasetArrays& arrays, ThreadPool& pool) {
  CsrArrays& train = arrays.train;
  train.rows = training.user_ranks.size();
  train.columns = training.item_ranks.size();
  train.offsets = HostArray<std::int64_t>(train.rows + 1, 0);
  parallel_for(pool, train.rows, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t user = training.user_ranks[row];
      const auto first = rows.part.begin() + rows.offsets[user];
      const auto last = rows.part.begin() + rows.offsets[user + 1];
      train.offsets[row + 1] = std::count(first, last, EventPart::train);
    }
  });
  for (std::int64_t row = 0; row < train.rows; ++row) train.offsets[row + 1] += train.offsets[row];

  const bool timed = rows.times.allocated();
  train.values = training_column<float>(rows, training, train, pool, [&](std::int64_t event) {
    return confidence.value(rows.weight(event), timed ? rows.times[event] : 0);
  });
  if (all_ones(train.values, pool)) train.values.reset();
  rows.weights.reset();
  if (timed) {
    arrays.timestamps = training_column<std::int64_t>(rows, training, train, pool, [&](std::int64_t event) {
      const std::int64_t ms = rows.times[event];
      return ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    });
    rows.times.reset();
  }
  train.ids = training_column<std::int32_t>(
      rows, training, train, pool, [&](std::int64_t event) { return training.row_of_item[rows.items[event]]; });
  rows = EventRows();
  transpose(train, arrays.train_transposed, pool);
  arrays.item_popularity = HostArray<std::int64_t>(train.columns);
  for (std::int64_t item = 0; item < train.columns; ++item) {
    arrays.item_popularity[item] = arrays.train_transposed.offsets[item + 1] - arrays.train_transposed.offsets[item];
  }
}

}  // namespace kindred
