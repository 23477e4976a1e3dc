// SPDX-License-Identifier: Apache-2.0
// Raw events to a prepared dataset on disk: <data.prepared>/<fingerprint>/. The fingerprint is of the sources'
// contents, the data and split sections and the format version; a dataset that is there already is taken as it is,
// after all its checksums were verified. The same source and config give the same bytes, for any number of threads.
// Says where too little is left to learn or measure anything (trainer/data/prepare/too_little_data.h).
// Stages and their order: trainer/data/prepare/build_dataset.h.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/prepare/prepare_report.h"
#include "trainer/data/progress.h"

#include <filesystem>
#include <string>

namespace kindred {

struct PreparedDataset {
  std::filesystem::path folder;
  std::string fingerprint;
  bool from_cache = false;
  PrepareReport report;
};

// `force`: prepare again even when the dataset is there. Throws Error(usage), Error(data), Error(device).
PreparedDataset prepare(const Config& config, ThreadPool& pool, Progress& progress, bool force = false);

}  // namespace kindred
