// SPDX-License-Identifier: Apache-2.0
// "user item item ..." a line (lists), or only items, the user being the line's number (sequences with an empty
// columns.user). Fields are parted by spaces and tabs, \r\n is a newline; every pair is a row.
#pragma once

#include "trainer/data/readers/text_blocks.h"

namespace kindred {

class ListsReader final : public BlockReader {
 public:
  ListsReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes);
  bool next(SourceBlock& block) override { return blocks_.next(block); }
  void parse(const SourceBlock& block, RowBlock& rows) const override;
  std::int64_t bytes_done() const override { return blocks_.position(); }
  const std::string& path() const override { return path_; }

 private:
  std::string path_;
  TextBlocks blocks_;
  bool user_is_line_;
};

}  // namespace kindred
