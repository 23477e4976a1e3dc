// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/event_sink.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace kindred {

namespace {

constexpr std::size_t kExamplesKept = 10;

std::string causes_text(const ReadCounts& counts) {
  std::string text;
  for (int cause = 0; cause < kBadRowCauses; ++cause) {
    const std::int64_t rows = counts.bad_rows[static_cast<std::size_t>(cause)];
    if (rows == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name_of(static_cast<BadRow>(cause)), rows);
  }
  return text;
}

}  // namespace

EventSink::EventSink(const DataConfig& data, RawEvents& events)
    : data_(data), events_(events), columns_{&events.users, &events.items, &events.events, &events.sessions} {}

void EventSink::count(const Part& part) {
  ReadCounts& counts = events_.counts;
  const RowBlock& rows = *part.rows;
  counts.rows_read += rows.rows_read;
  for (std::size_t cause = 0; cause < kBadRowCauses; ++cause) counts.bad_rows[cause] += rows.bad_rows[cause];
  for (const BlockBadRow& bad : rows.examples) {
    if (counts.examples.size() == kExamplesKept) break;
    counts.examples.push_back(
        {bad.cause, fmt::format("{}: {} {}: {}", part.reader->path(), part.reader->position_name(),
                                line_of_file_ + bad.line + part.reader->first_position(), bad.message)});
  }
  if (counts.bad_rows_total() <= data_.max_bad_rows) return;
  if (data_.max_bad_rows == 0) {
    fail(ErrorKind::data, "{} (data.max_bad_rows: N would skip and count up to N such rows)",
         counts.examples.front().message);
  }
  std::string message = fmt::format(
      "more bad rows than data.max_bad_rows = {} allows, in the first {} rows: {}; first:", data_.max_bad_rows,
      counts.rows_read, causes_text(counts));
  for (std::size_t example = 0; example < std::min<std::size_t>(3, counts.examples.size()); ++example) {
    message += "\n  " + counts.examples[example].message;
  }
  throw Error(ErrorKind::data, message);
}

void EventSink::join(std::span<const Part> parts, ThreadPool& pool) {
  struct Placement {
    std::int64_t row;         // where the block's rows go
    std::int64_t first_line;  // of all files
    std::array<std::vector<std::int32_t>, kIdRoles> final_codes;
  };
  std::vector<Placement> placements(parts.size());
  const std::int64_t old_size = events_.size();
  std::int64_t size = old_size;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (parts[part].file != file_) line_of_file_ = 0;
    file_ = parts[part].file;
    count(parts[part]);
    placements[part].row = size;
    placements[part].first_line = lines_;
    size += static_cast<std::int64_t>(parts[part].rows->codes[static_cast<std::size_t>(Role::item)].size());
    line_of_file_ += parts[part].rows->lines;
    lines_ += parts[part].rows->lines;
  }
  const bool users_are_lines = !parts.empty() && parts.front().rows->users_are_lines;
  if (users_are_lines && lines_ > std::numeric_limits<std::int32_t>::max()) {
    fail(ErrorKind::data, "the source has more than {} sessions", std::numeric_limits<std::int32_t>::max());
  }

  // New ids, in source order; the columns do not depend on one another.
  pool.run(kIdRoles, [&](std::int64_t role, int) {
    const std::size_t index = static_cast<std::size_t>(role);
    IdColumn& column = *columns_[index];
    if (!column.present) return;
    if (role == static_cast<int>(Role::user) && users_are_lines) {
      for (std::int64_t line = column.ids.size(); line < lines_; ++line) column.ids.insert(line);
    } else {
      for (std::size_t part = 0; part < parts.size(); ++part) {
        parts[part].rows->ids[index].join(column.ids, placements[part].final_codes[index]);
      }
    }
    column.codes.extend(size - old_size);
  });
  if (!data_.columns.weight.empty() && data_.format == DataFormat::table) events_.weights.extend(size - old_size);
  if (!data_.columns.timestamp.empty() && data_.format == DataFormat::table) {
    events_.timestamps.extend(size - old_size);
  }

  pool.run(static_cast<std::int64_t>(parts.size()), [&](std::int64_t part, int) {
    const RowBlock& rows = *parts[static_cast<std::size_t>(part)].rows;
    const Placement& placement = placements[static_cast<std::size_t>(part)];
    for (std::size_t role = 0; role < kIdRoles; ++role) {
      if (!columns_[role]->present) continue;
      std::int32_t* const out = columns_[role]->codes.data() + placement.row;
      const std::vector<std::int32_t>& codes = rows.codes[role];
      if (role == static_cast<std::size_t>(Role::user) && users_are_lines) {
        const std::int32_t first = static_cast<std::int32_t>(placement.first_line);
        std::transform(codes.begin(), codes.end(), out, [&](std::int32_t line) { return first + line; });
      } else {
        const std::int32_t* const final_codes = placement.final_codes[role].data();
        std::transform(codes.begin(), codes.end(), out,
                       [&](std::int32_t code) { return code >= 0 ? code : final_codes[~code]; });
      }
    }
    if (!rows.weights.empty()) {
      std::memcpy(events_.weights.data() + placement.row, rows.weights.data(), rows.weights.size() * sizeof(float));
    }
    if (!rows.timestamps.empty()) {
      std::memcpy(events_.timestamps.data() + placement.row, rows.timestamps.data(),
                  rows.timestamps.size() * sizeof(std::int64_t));
    }
  });
  events_.counts.rows_kept = size;
}

}  // namespace kindred
