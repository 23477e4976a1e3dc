// SPDX-License-Identifier: Apache-2.0
// Raw events to the arrays of a prepared dataset, in memory. The order of the stages, which is part of the meaning:
//   1. filters by weight, time and kind; event_weights        (clean_events.h)
//   2. users with too many events                             (merge_duplicates.h)
//   3. duplicates merged
//   4. k-core                                                 (k_core.h)
//   5. split                                                  (split_events.h)
//   6. rows of the dictionaries, from training events alone; confidences; CSR and CSC; evaluation parts
// Files given for validation and test go through 1 and 3 only, and meet the training ids in 6.
// The same bits for any number of threads. Each array is freed as soon as it was used; the peak is about 33 bytes an
// event with weights and times, 17 without.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/dataset_arrays.h"
#include "trainer/data/events.h"
#include "trainer/data/prepare/prepare_report.h"
#include "trainer/data/prepare/pseudonymize.h"
#include "trainer/data/progress.h"

#include <optional>

namespace kindred {

struct RawDataset {
  RawEvents events;
  std::optional<RawEvents> validation;  // files of protocol given
  std::optional<RawEvents> test;
};

// Fills all but fingerprint, config_json and source_json; statistics_json is report.to_json().
// Throws Error(data) when nothing is left for training.
DatasetArrays build_dataset(RawDataset raw, const DataConfig& data, const SplitConfig& split, const PseudonymKey* key,
                            ThreadPool& pool, Progress& progress, PrepareReport& report);

}  // namespace kindred
