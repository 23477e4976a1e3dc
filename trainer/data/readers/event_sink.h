// SPDX-License-Identifier: Apache-2.0
// Joins parsed blocks, in the order of the source, to RawEvents: codes for new ids, rows behind rows, counts of bad
// rows with their place in the file, and the bound on bad rows.
#pragma once

#include "trainer/data/readers/row_block.h"

#include <span>

namespace kindred {

class EventSink {
 public:
  EventSink(const DataConfig& data, RawEvents& events);

  struct Part {
    const BlockReader* reader;
    const RowBlock* rows;
    std::int64_t file;  // number of the file in the source
  };
  // Blocks that follow those of the last call. Throws Error(data) at the first row beyond data.max_bad_rows.
  void join(std::span<const Part> parts, ThreadPool& pool);

  const std::array<IdColumn*, kIdRoles>& columns() const { return columns_; }

 private:
  void count(const Part& part);

  const DataConfig& data_;
  RawEvents& events_;
  std::array<IdColumn*, kIdRoles> columns_;
  std::int64_t file_ = -1;         // of the last block
  std::int64_t line_of_file_ = 0;  // lines of this file before the present block
  std::int64_t lines_ = 0;         // lines of all files before the present block
};

}  // namespace kindred
