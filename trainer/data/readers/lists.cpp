// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/lists.h"

#include "trainer/data/readers/column_layout.h"

#include <cstring>

namespace kindred {

ListsReader::ListsReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes)
    : path_(file.path),
      blocks_(file.path, "", block_bytes),
      user_is_line_(data.format == DataFormat::sequences && data.columns.user.empty()) {}

void ListsReader::parse(const SourceBlock& block, RowBlock& rows) const {
  constexpr auto kUser = static_cast<std::size_t>(Role::user);
  constexpr auto kItem = static_cast<std::size_t>(Role::item);
  rows.users_are_lines = user_is_line_;
  const char* place = block.text.data();
  const char* const end = place + block.text_bytes;
  const auto border = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; };
  const auto read_key = [&](std::string_view text, std::string_view what, std::int64_t fields, IdKey& key) {
    key = IdKey::of(text);
    if (key.integer || valid_utf8(text)) return true;
    ++rows.rows_read;
    rows.add_bad(BadRow::invalid_id, rows.lines, [&] {
      return fmt::format("field {} ({}): value '{}'; expected an id: text in UTF-8 or a whole number", fields, what,
                         shown(text));
    });
    return false;
  };
  while (place < end) {
    std::int32_t user = static_cast<std::int32_t>(rows.lines);
    bool user_is_good = true;
    for (std::int64_t fields = 1;; ++fields) {
      while (*place != '\n' && border(*place)) ++place;
      if (*place == '\n') break;
      const char* const begin = place;
      while (!border(*place)) ++place;
      const std::string_view text(begin, static_cast<std::size_t>(place - begin));
      IdKey key;
      if (fields == 1 && !user_is_line_) {
        user_is_good = read_key(text, "user", fields, key);
        if (user_is_good) user = rows.ids[kUser].map(key);
      } else if (user_is_good && read_key(text, "item", fields, key)) {
        ++rows.rows_read;
        rows.codes[kUser].push_back(user);
        rows.codes[kItem].push_back(rows.ids[kItem].map(key));
      }
    }
    ++place;
    ++rows.lines;
  }
}

}  // namespace kindred
