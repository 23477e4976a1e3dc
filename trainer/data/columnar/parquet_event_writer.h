// SPDX-License-Identifier: Apache-2.0
// Events as a Parquet file: user, item, timestamp, session INT64, event as dictionary-encoded text; zstd; row groups of
// 2^20 rows. Memory: one row group. Throws Error(device) with file and cause.
#pragma once

#include "trainer/data/synth/event_writer.h"

#include <filesystem>
#include <memory>

namespace kindred {

std::unique_ptr<EventWriter> make_parquet_event_writer(const std::filesystem::path& path);

}  // namespace kindred
