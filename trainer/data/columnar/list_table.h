// SPDX-License-Identifier: Apache-2.0
// A Parquet table of lists by id, as vector databases and feature stores load it:
//     id INT64 (the row), external_id STRING, <name> LIST<FLOAT> or LIST<INT32>; no nulls, lists not compressed.
// Written through the caller's function, so that the caller decides where the bytes go. Row groups of about 64 MiB.
// Errors of reading: Error(data) naming the file; in a build without Arrow all throw Error(usage).
#pragma once

#include "kernels/core/view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace kindred {

// Row r: values [offsets(r), offsets(r + 1)), or where there are no offsets the r-th `width` values.
struct ListColumn {
  std::string_view name;
  const float* floats = nullptr;           // one of the two
  const std::int32_t* integers = nullptr;  // is given
  View<const std::int64_t, 1> offsets{};
  std::int64_t width = 0;
};

struct ListTable {
  std::int64_t rows = 0;
  std::function<std::string(std::int64_t row)> external_id;
  ListColumn lists;
};

bool list_tables_are_built();

// Throws what `write` throws. `name` is for messages.
void write_list_table(const ListTable& table, std::string_view name,
                      const std::function<void(std::span<const std::byte>)>& write);

// Rows of such a file, from `first_row` on. Lists are those of `integers` or `floats`, by the file's type.
struct ListTableBlock {
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  const std::int64_t* ids = nullptr;
  std::function<std::string_view(std::int64_t index)> external_id;  // index in the block
  const std::int32_t* offsets = nullptr;                            // [rows + 1] into the values
  const float* floats = nullptr;
  const std::int32_t* integers = nullptr;
};

// Calls `take` for all rows in order. Error(data) when the columns are not those above, or when a value is null.
void read_list_table(const std::string& file, std::string_view list_name,
                     const std::function<void(const ListTableBlock&)>& take);

}  // namespace kindred
