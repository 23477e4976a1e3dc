// SPDX-License-Identifier: Apache-2.0
// Rows of the dictionaries, and the training matrix and its transpose, from the events that are training.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/dataset_arrays.h"
#include "trainer/data/prepare/confidence.h"
#include "trainer/data/prepare/event_rows.h"
#include "trainer/data/prepare/split_events.h"

#include <cstdint>
#include <limits>

namespace kindred {

inline constexpr std::int32_t kNoRow = -1;

// Ranks to rows of the training matrix. A user is a training user with at least one training event of its own; an item
// has a row with at least one such event.
struct TrainingRows {
  HostArray<std::int32_t> row_of_user;  // [ranks] or kNoRow
  HostArray<std::int32_t> row_of_item;
  HostArray<std::int32_t> user_ranks;  // [rows]
  HostArray<std::int32_t> item_ranks;
  std::int64_t newest_ms = std::numeric_limits<std::int64_t>::min();  // among training events
};

TrainingRows find_training_rows(const EventRows& rows, const HostArray<UserRole>& roles, ThreadPool& pool);

// Fills train, train_transposed, timestamps and item_popularity, and frees the columns of `rows` as they are used up.
void build_training_matrix(EventRows& rows, const TrainingRows& training, const Confidence& confidence,
                           DatasetArrays& arrays, ThreadPool& pool);

}  // namespace kindred
