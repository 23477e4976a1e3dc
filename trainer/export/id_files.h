// SPDX-License-Identifier: Apache-2.0
// user_ids.tsv and item_ids.tsv: a header, then a line a row: row, external id, and of items the training events.
// In an id \, tab, line feed and carriage return are written \\, \t, \n, \r; all other bytes as they are.
#pragma once

#include <string>
#include <string_view>

namespace kindred {

std::string escape_id(std::string_view id);
std::string unescape_id(std::string_view field);  // of a field that escape_id made

inline constexpr std::string_view kUserIdsHeader = "row\texternal_id";
inline constexpr std::string_view kItemIdsHeader = "row\texternal_id\ttraining_events";

}  // namespace kindred
