// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/too_little_data.h"

#include <fmt/format.h>

namespace kindred {

namespace {

void add_empty_part(std::vector<std::string>& lines, std::string_view name, const PartReport& part,
                    const PrepareReport& report) {
  if (!part.present || part.users > 0) return;
  std::string dropped = fmt::format("{} targets dropped", total(part.dropped));
  for (std::size_t i = 0; i < part.dropped.size(); ++i) {
    dropped += fmt::format("{}{} {}", i == 0 ? ": " : ", ", part.dropped[i].second, part.dropped[i].first);
  }
  lines.push_back(fmt::format(
      "warning: the {} part is empty: no user has both a known history and a target ({}; training has {} users of at "
      "most {} entries), so nothing can be measured on it; give more events a user, or another split (split.protocol: "
      "none where only recommendations are wanted)",
      name, dropped, report.users, report.user_entries.largest));
}

}  // namespace

std::vector<std::string> too_little_data(const PrepareReport& report) {
  std::vector<std::string> lines;
  const std::string source = fmt::format("{} events read, {} dropped, {} entries left for training", report.rows_read,
                                         total(report.bad_rows) + total(report.dropped), report.entries);
  if (report.items == 1) {
    lines.push_back(fmt::format(
        "warning: training has 1 item ({}): with nothing to choose between no ranking can be learned; give more "
        "events, or look at data.columns.item and data.filter",
        source));
  }
  if (report.users == 1) {
    lines.push_back(fmt::format(
        "warning: training has 1 user ({}): what users have in common cannot be learned; give more events, or look at "
        "data.columns.user and data.filter",
        source));
  } else if (report.user_entries.largest == 1) {
    lines.push_back(fmt::format(
        "warning: each of the {} users has 1 training entry ({}): which items go together cannot be learned, only "
        "which are popular; give more events a user",
        report.users, source));
  }
  add_empty_part(lines, "validation", report.validation, report);
  add_empty_part(lines, "test", report.test, report);
  return lines;
}

}  // namespace kindred
