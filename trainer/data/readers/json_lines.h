// SPDX-License-Identifier: Apache-2.0
// JSON lines: one object a line, columns are its keys (a missing key or null is a missing value). Numbers keep all
// digits of 64-bit integers. Blank lines are skipped.
#pragma once

#include "trainer/data/readers/column_layout.h"
#include "trainer/data/readers/text_blocks.h"

namespace kindred {

class JsonLinesReader final : public BlockReader {
 public:
  JsonLinesReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes);
  bool next(SourceBlock& block) override;
  void parse(const SourceBlock& block, RowBlock& rows) const override;
  std::int64_t bytes_done() const override { return blocks_.position(); }
  const std::string& path() const override { return file_.path; }

 private:
  const DataConfig& data_;
  SourceFile file_;
  TextBlocks blocks_;
  ColumnLayout layout_;
  std::vector<std::string> keys_;  // wanted ones; a column of the layout is a place in here
  SourceBlock first_;
  bool first_waits_ = false;
};

}  // namespace kindred
