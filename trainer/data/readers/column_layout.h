// SPDX-License-Identifier: Apache-2.0
// Which column of a file plays which role. Columns are named in the config by header name or by 0-based position (a
// name of digits only is a position); a name that the header lacks may be a `key=value` folder of the file's path.
// Throws Error(data) naming the file, the columns that are there and the nearest name.
#pragma once

#include "trainer/data/readers/row_block.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct ColumnLayout {
  int num_columns = 0;
  std::array<int, kRoles> column;                           // position; -1: not wanted, or a constant
  std::array<std::optional<std::string>, kRoles> constant;  // from the folder's name
  std::array<std::string, kRoles> label;                    // "column 'rating'", "column 2", for messages
  bool wanted(Role role) const {
    return column[static_cast<std::size_t>(role)] >= 0 || constant[static_cast<std::size_t>(role)].has_value();
  }
};

// The configured names by role; empty: not wanted.
std::array<std::string, kRoles> configured_columns(const ColumnsConfig& columns);

// Whether the name is a 0-based position.
std::optional<int> column_position(const std::string& name);

// `names`: of the header or schema; empty: there is none, and num_columns counts the columns. `hint` ends the message
// about a column that is not there.
ColumnLayout resolve_columns(const ColumnsConfig& columns, const SourceFile& file, std::span<const std::string> names,
                             int num_columns, const std::string& hint = "");

// Whether the first row is a header, where the config does not say: it is when a column is configured by name; else
// when none of its user, item, weight and timestamp is a number or time, but one of the next row's is.
bool first_row_is_header(const DataConfig& data, std::span<const std::string> first,
                         std::span<const std::string> second);

// A separator that would cut the line into `columns` or more fields, as a hint for a message; empty: none.
std::string separator_hint(std::string_view line, std::string_view separator, int columns);

// A value for a message: shortened, unprintable bytes escaped.
std::string shown(std::string_view value);

}  // namespace kindred
