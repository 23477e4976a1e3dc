// SPDX-License-Identifier: Apache-2.0
// Raw events by hand, as a reader would give them.
#pragma once

#include "trainer/data/events.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

struct RawRow {
  std::string user;
  std::string item;
  float weight = 1.0F;
  std::int64_t time_ms = 0;
  std::string kind = {};
};

struct RawColumns {
  bool weights = false;
  bool times = false;
  bool kinds = false;
  bool order_is_time = false;
};

inline RawEvents make_raw_events(const std::vector<RawRow>& rows, const RawColumns& columns = {}) {
  RawEvents events;
  events.users.present = true;
  events.items.present = true;
  events.events.present = columns.kinds;
  events.source_order_is_time = columns.order_is_time;
  for (const RawRow& row : rows) {
    events.users.codes.push_back(events.users.ids.insert(row.user));
    events.items.codes.push_back(events.items.ids.insert(row.item));
    if (columns.weights) events.weights.push_back(row.weight);
    if (columns.times) events.timestamps.push_back(row.time_ms);
    if (columns.kinds) events.events.codes.push_back(events.events.ids.insert(row.kind));
  }
  events.counts.rows_read = static_cast<std::int64_t>(rows.size());
  events.counts.rows_kept = events.counts.rows_read;
  return events;
}

}  // namespace kindred
