// SPDX-License-Identifier: Apache-2.0
// CSV, TSV and tables with any separator of one or more characters. Rows end with \n or \r\n; blank lines are skipped;
// every row has as many fields as the first. A field in double quotes may hold separators, newlines and "" for a
// quote; quotes elsewhere are letters. Spaces belong to ids.
#pragma once

#include "trainer/data/readers/column_layout.h"
#include "trainer/data/readers/text_blocks.h"

namespace kindred {

class DelimitedReader final : public BlockReader {
 public:
  // Reads the first block, to know the columns.
  DelimitedReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes);

  bool next(SourceBlock& block) override;
  void parse(const SourceBlock& block, RowBlock& rows) const override;
  std::int64_t bytes_done() const override { return blocks_.position(); }
  const std::string& path() const override { return file_.path; }
  std::int64_t first_position() const override { return first_line_; }

 private:
  void read_layout();
  // Calls on_field(column, text) for each field of the row at `place`, moves place behind its newline, and counts the
  // newlines. `scratch` takes the text of fields with doubled quotes, one string a column that has them.
  template <bool kOneLetter, typename OnField>
  int read_row(const char*& place, const char* end, std::int64_t& lines, OnField&& on_field) const;
  template <bool kOneLetter>
  void parse_rows(const SourceBlock& block, RowBlock& rows) const;
  std::vector<std::string> row_fields(const char*& place, const char* end, std::int64_t& lines) const;

  const DataConfig& data_;
  SourceFile file_;
  TextBlocks blocks_;
  ColumnLayout layout_;
  std::vector<std::int8_t> slot_of_column_;  // of the columns that are wanted: 0, 1, ...; else -1
  std::array<std::int8_t, kRoles> slot_of_role_;
  SourceBlock first_;  // without the header
  bool first_waits_ = false;
  std::int64_t first_line_ = 1;
};

}  // namespace kindred
