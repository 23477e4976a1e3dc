// SPDX-License-Identifier: Apache-2.0
// What prepare read, dropped and kept. Stored in the dataset as statistics.json, so that a cached dataset tells the
// same; shown as a table.
#pragma once

#include "trainer/data/dataset_arrays.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred {

// Cause or name, and how often; in a fixed order, those of count 0 left out.
using Counts = std::vector<std::pair<std::string, std::int64_t>>;
void add_count(Counts& counts, std::string_view name, std::int64_t count);
std::int64_t total(const Counts& counts);

struct LengthStatistics {
  std::int64_t smallest = 0;
  std::int64_t p25 = 0;
  std::int64_t median = 0;
  std::int64_t p75 = 0;
  std::int64_t p99 = 0;
  std::int64_t largest = 0;
  double mean = 0.0;
};
// Nearest-rank quantiles of the row lengths; all 0 without rows.
LengthStatistics length_statistics(const HostArray<std::int64_t>& offsets);

struct PartReport {
  bool present = false;
  bool fold_in = false;
  std::int64_t users = 0;  // evaluated
  std::int64_t targets = 0;
  std::int64_t history = 0;           // entries
  std::int64_t seen_in_training = 0;  // targets that the user also has in its history; they stay
  Counts dropped;                     // target events that are not evaluated, by cause
  std::int64_t dropped_users = 0;     // users that have target events, none of them evaluated
};

struct PrepareReport {
  std::int64_t rows_read = 0;
  Counts bad_rows;  // by cause
  Counts dropped;   // events, by cause
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t users = 0;  // of the training matrix
  std::int64_t items = 0;
  std::int64_t entries = 0;
  std::int64_t negative_entries = 0;
  bool has_values = false;
  std::int64_t held_out_users = 0;
  LengthStatistics user_entries;
  LengthStatistics item_entries;
  bool has_timestamps = false;
  std::int64_t oldest_s = 0;  // training events, epoch seconds
  std::int64_t newest_s = 0;
  PartReport validation;
  PartReport test;

  std::string to_json() const;
  static PrepareReport from_json(const std::string& text);  // Error(data)
};

// Lines for a terminal, with a line feed after each.
std::string report_table(const PrepareReport& report);

}  // namespace kindred
