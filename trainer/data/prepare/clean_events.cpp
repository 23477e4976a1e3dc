// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/clean_events.h"

#include "kernels/core/check.h"
#include "trainer/config/timestamp.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

namespace {

struct Kinds {
  std::vector<bool> kept;      // by code
  std::vector<float> weights;  // by code; empty: no event_weights
};

Kinds kinds_of(const IdColumn& column, const DataConfig& config) {
  Kinds kinds;
  const auto& wanted = config.filter.events;
  if (wanted.empty() && config.event_weights.empty()) return kinds;
  if (!column.present) {
    fail(ErrorKind::usage, "data.{}: needs the kind of each event; set data.columns.event",
         wanted.empty() ? "event_weights" : "filter.events");
  }
  for (std::int32_t code = 0; code < column.ids.size(); ++code) {
    const std::string kind = column.ids.text(code);
    const bool kept = wanted.empty() || std::find(wanted.begin(), wanted.end(), kind) != wanted.end();
    kinds.kept.push_back(kept);
    if (config.event_weights.empty()) continue;
    const auto weight = config.event_weights.find(kind);
    if (kept && weight == config.event_weights.end()) {
      fail(ErrorKind::data,
           "data.event_weights: the data hold events of kind '{}', which has no weight here; add it, or list the "
           "kinds to keep in data.filter.events",
           kind);
    }
    kinds.weights.push_back(kept ? static_cast<float>(weight->second) : 0.0F);
  }
  return kinds;
}

std::int64_t time_or(const std::string& text, std::int64_t otherwise, const char* key) {
  return text.empty() ? otherwise : parse_timestamp_ms(text, TimestampUnit::automatic, key);
}

template <typename T>
void keep(GrowingArray<T>& column, std::int64_t from, std::int64_t to) {
  if (!column.empty()) column[to] = column[from];
}

template <typename T>
void cut(GrowingArray<T>& column, std::int64_t size) {
  if (column.empty()) return;
  column.resize(size);
  column.shrink_to_fit();
}

}  // namespace

CleanCounts clean_events(RawEvents& events, const DataConfig& config) {
  const FilterConfig& filter = config.filter;
  const bool by_time = !filter.time_from.empty() || !filter.time_to.empty();
  if (by_time && events.timestamps.empty() && events.size() > 0) {
    fail(ErrorKind::usage, "data.filter.time_from/time_to: need timestamps; set data.columns.timestamp");
  }
  const Kinds kinds = kinds_of(events.events, config);
  const std::int64_t time_from =
      time_or(filter.time_from, std::numeric_limits<std::int64_t>::min(), "data.filter.time_from");
  const std::int64_t time_to = time_or(filter.time_to, std::numeric_limits<std::int64_t>::max(), "data.filter.time_to");
  const bool needs_weights = !config.binarize || config.confidence.negative_below.has_value();
  const bool weighs_kinds = !kinds.weights.empty() && needs_weights;

  const std::int64_t size = events.size();
  if (weighs_kinds && events.weights.empty()) {
    events.weights.resize(size);
    std::fill(events.weights.begin(), events.weights.end(), 1.0F);
  }
  CleanCounts counts;
  std::int64_t kept = 0;
  const bool filters = filter.min_weight || by_time || !kinds.kept.empty();
  for (std::int64_t event = 0; filters && event < size; ++event) {
    const std::size_t kind = kinds.kept.empty() ? 0 : static_cast<std::size_t>(events.events.codes[event]);
    // The weight as it was read: event_weights comes after.
    if (filter.min_weight && (events.weights.empty() ? 1.0F : events.weights[event]) < *filter.min_weight) {
      counts.below_min_weight++;
    } else if (by_time && (events.timestamps[event] < time_from || events.timestamps[event] >= time_to)) {
      counts.outside_time_range++;
    } else if (!kinds.kept.empty() && !kinds.kept[kind]) {
      counts.event_kind++;
    } else {
      keep(events.users.codes, event, kept);
      keep(events.items.codes, event, kept);
      keep(events.timestamps, event, kept);
      keep(events.weights, event, kept);
      if (weighs_kinds) events.weights[kept] *= kinds.weights[kind];
      ++kept;
    }
  }
  events.events.codes.clear();
  events.sessions.codes.clear();
  if (filters) {
    cut(events.users.codes, kept);
    cut(events.items.codes, kept);
    cut(events.timestamps, kept);
    cut(events.weights, kept);
  }
  if (!needs_weights) events.weights.clear();
  return counts;
}

}  // namespace kindred
