// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/column_layout.h"

#include "trainer/config/suggestion.h"
#include "trainer/config/timestamp.h"
#include "trainer/data/readers/row_writer.h"
#include "trainer/data/source_files.h"

#include <algorithm>
#include <charconv>

namespace kindred {

std::array<std::string, kRoles> configured_columns(const ColumnsConfig& columns) {
  return {columns.user, columns.item, columns.event, columns.session, columns.weight, columns.timestamp};
}

std::optional<int> column_position(const std::string& name) {
  int position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), position);
  if (name.empty() || error != std::errc() || end != name.data() + name.size() || position < 0) return std::nullopt;
  return position;
}

ColumnLayout resolve_columns(const ColumnsConfig& columns, const SourceFile& file, std::span<const std::string> names,
                             int num_columns, const std::string& hint) {
  ColumnLayout layout;
  layout.num_columns = names.empty() ? num_columns : static_cast<int>(names.size());
  layout.column.fill(-1);
  const std::array<std::string, kRoles> wanted = configured_columns(columns);
  const auto folders = partition_columns(file.relative_path);
  for (std::size_t role = 0; role < kRoles; ++role) {
    const std::string& name = wanted[role];
    if (name.empty()) continue;
    if (const std::optional<int> position = column_position(name)) {
      layout.label[role] = fmt::format("column {}", *position);
      if (*position >= layout.num_columns) {
        fail(ErrorKind::data, "{}: line 1: there is no column {} (columns.{}, counted from 0): the line has {}{}",
             file.path, *position, kRoleNames[role],
             layout.num_columns == 1 ? "1 column" : fmt::format("{} columns", layout.num_columns), hint);
      }
      layout.column[role] = *position;
      continue;
    }
    layout.label[role] = fmt::format("column '{}'", name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      if (std::find(found + 1, names.end(), name) != names.end()) {
        fail(ErrorKind::data, "{}: line 1: column '{}' (columns.{}) is there twice; give its 0-based position",
             file.path, name, kRoleNames[role]);
      }
      layout.column[role] = static_cast<int>(found - names.begin());
      continue;
    }
    const auto folder =
        std::find_if(folders.begin(), folders.end(), [&](const auto& part) { return part.first == name; });
    if (folder != folders.end()) {
      layout.constant[role] = folder->second;
      continue;
    }
    if (names.empty()) {
      fail(ErrorKind::data,
           "{}: columns.{} is the name '{}', but the file has no header (data.header: false); expected "
           "a 0-based position",
           file.path, kRoleNames[role], name);
    }
    std::vector<std::string> present(names.begin(), names.end());
    for (const auto& part : folders) present.push_back(part.first);
    std::vector<std::string> listed;
    for (const std::string& column : present) listed.push_back(shown(column));
    if (listed.size() > 40) {
      listed.resize(40);
      listed.push_back("...");
    }
    fail(ErrorKind::data, "{}: there is no column '{}' (columns.{}){}; the columns are {}{}", file.path, name,
         kRoleNames[role], did_you_mean(name, present), join(listed, ", "), hint);
  }
  return layout;
}

bool first_row_is_header(const DataConfig& data, std::span<const std::string> first,
                         std::span<const std::string> second) {
  if (data.header) return *data.header;
  const std::array<std::string, kRoles> wanted = configured_columns(data.columns);
  for (const std::string& name : wanted) {
    if (!name.empty() && !column_position(name)) return true;
  }
  const auto field = [&](std::span<const std::string> row, Role role) -> std::string_view {
    const std::optional<int> position = column_position(wanted[static_cast<std::size_t>(role)]);
    if (!position || *position >= std::ssize(row)) return {};
    return row[static_cast<std::size_t>(*position)];
  };
  bool first_has_value = false;
  bool second_has_value = false;
  for (const Role role : {Role::user, Role::item, Role::weight}) {
    first_has_value = first_has_value || parse_number(field(first, role)).has_value();
    second_has_value = second_has_value || parse_number(field(second, role)).has_value();
  }
  const auto has_time = [&](std::span<const std::string> row) {
    return timestamp_ms(field(row, Role::timestamp), data.timestamp_unit).has_value();
  };
  return !first_has_value && !has_time(first) && (second_has_value || has_time(second));
}

std::string separator_hint(std::string_view line, std::string_view separator, int columns) {
  std::string_view best;
  int most = 1;
  for (const std::string_view candidate : {"::", ",", ";", "\t", "|", " "}) {
    if (candidate == separator) continue;
    int fields = 1;
    for (std::size_t place = line.find(candidate); place != std::string_view::npos;
         place = line.find(candidate, place + candidate.size())) {
      ++fields;
    }
    if (fields > most && fields >= columns) {
      most = fields;
      best = candidate;
    }
  }
  if (best.empty()) return "";
  return fmt::format("; the line has {} fields with data.separator: \"{}\"", most, best == "\t" ? "\\t" : best);
}

std::string shown(std::string_view value) {
  constexpr std::size_t kLongest = 60;
  const bool readable = valid_utf8(value);
  std::string text;
  for (const char letter : value.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) {
      text += letter == '\n' ? "\\n" : letter == '\t' ? "\\t" : letter == '\r' ? "\\r" : fmt::format("\\x{:02x}", byte);
    } else {
      text += letter;
    }
  }
  // Never half a letter at the cut.
  if (value.size() > kLongest && readable) {
    while (!text.empty() && !valid_utf8(text)) text.pop_back();
  }
  return value.size() > kLongest ? text + "..." : text;
}

}  // namespace kindred
