// SPDX-License-Identifier: Apache-2.0
// One evaluation part of a prepared dataset: targets and what is known of their users.
// A target event is dropped, and counted, when
//   user_without_training  its user has no training event (held-out users: nothing that folds in)
//   item_unseen            its item has no training event
//   negative_feedback      its weight is below data.confidence.negative_below
// in this order. A target that its user also has in its history stays, and is counted.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/dataset_arrays.h"
#include "trainer/data/prepare/confidence.h"
#include "trainer/data/prepare/event_rows.h"
#include "trainer/data/prepare/prepare_report.h"
#include "trainer/data/prepare/split_events.h"
#include "trainer/data/prepare/training_matrix.h"

#include <limits>
#include <vector>

namespace kindred {

struct PartSource {
  const EventRows* rows = nullptr;
  EventPart part = EventPart::train;
};

struct PartSources {
  PartSource targets;
  std::vector<PartSource> history;  // an item that stands in several is taken from the first
  // Held-out users: only users of this role; otherwise (UserRole::training) only training users.
  UserRole role = UserRole::training;
  // global_temporal: where the test period begins.
  std::int64_t test_from_ms = std::numeric_limits<std::int64_t>::max();
};

// `users` of the result holds ranks, ascending; the caller turns them into rows. Fills `report`.
EvaluationArrays build_evaluation_part(const PartSources& sources, const TrainingRows& training,
                                       const HostArray<UserRole>& roles, const Confidence& confidence,
                                       PartReport& report, ThreadPool& pool);

}  // namespace kindred
