// SPDX-License-Identifier: Apache-2.0
// A synthetic event log with all that belongs to it, for a path such as data/events.parquet:
//     data/events.parquet       the events (event_writer.h)
//     data/events.items.csv     item, category, style, title
//     data/events.truth.json    options, counts, and what an oracle would reach (oracle.h)
// Same bytes for any number of threads.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/progress.h"
#include "trainer/data/synth/oracle.h"
#include "trainer/data/synth/synth_options.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace kindred {

struct SyntheticLog {
  std::filesystem::path events_file;
  std::filesystem::path items_file;
  std::filesystem::path truth_file;
  std::int64_t events = 0;
  double writing_s = 0.0;
  std::string truth_json;  // the content of truth_file
};

// The folder of `path` is made when it is missing. Throws Error(usage) for bad options or an unknown ending,
// Error(device) when a file cannot be written.
SyntheticLog write_synthetic_log(const SynthOptions& options, const OracleOptions& oracle,
                                 const std::filesystem::path& path, ThreadPool& pool, Progress& progress);

}  // namespace kindred
