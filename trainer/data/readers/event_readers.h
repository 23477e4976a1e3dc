// SPDX-License-Identifier: Apache-2.0
// The list of formats: which reader reads a file. Parquet is told by its first bytes, JSON lines by the name's ending
// (.json, .jsonl, .ndjson, before .gz and .zst) or by a first byte '{'; other tables are delimited text.
#pragma once

#include "trainer/data/readers/row_block.h"

#include <memory>

namespace kindred {

struct ReadOptions {
  std::int64_t block_bytes = std::int64_t{512} << 10;
  std::int64_t blocks_at_once = 32;  // read while as many are parsed; a number of its own, for the same errors always
};

std::unique_ptr<BlockReader> open_reader(const DataConfig& data, const SourceFile& file, const ReadOptions& options,
                                         ThreadPool& pool);

// read_events with other block sizes, for tests.
RawEvents read_events_in_blocks(const DataConfig& data, const std::vector<std::string>& paths, ThreadPool& pool,
                                const ReadProgressCallback& progress, const ReadOptions& options);

}  // namespace kindred
