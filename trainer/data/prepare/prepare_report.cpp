// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/prepare_report.h"

#include "kernels/core/check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

namespace kindred {

using nlohmann::json;

namespace {

json to_node(const Counts& counts) {
  json node = json::array();
  for (const auto& [name, count] : counts) node.push_back({{"cause", name}, {"events", count}});
  return node;
}

Counts counts_from(const json& node) {
  Counts counts;
  for (const json& entry : node) counts.emplace_back(entry.at("cause"), entry.at("events"));
  return counts;
}

json to_node(const LengthStatistics& s) {
  return {{"min", s.smallest}, {"p25", s.p25},     {"median", s.median}, {"p75", s.p75},
          {"p99", s.p99},      {"max", s.largest}, {"mean", s.mean}};
}

LengthStatistics lengths_from(const json& node) {
  return {node.at("min"), node.at("p25"), node.at("median"), node.at("p75"),
          node.at("p99"), node.at("max"), node.at("mean")};
}

json to_node(const PartReport& part) {
  if (!part.present) return nullptr;
  return {{"fold_in", part.fold_in},
          {"users", part.users},
          {"targets", part.targets},
          {"history", part.history},
          {"targets_seen_in_history", part.seen_in_training},
          {"dropped", to_node(part.dropped)},
          {"dropped_users", part.dropped_users}};
}

PartReport part_from(const json& node) {
  PartReport part;
  part.present = !node.is_null();
  if (!part.present) return part;
  part.fold_in = node.at("fold_in");
  part.users = node.at("users");
  part.targets = node.at("targets");
  part.history = node.at("history");
  part.seen_in_training = node.at("targets_seen_in_history");
  part.dropped = counts_from(node.at("dropped"));
  part.dropped_users = node.at("dropped_users");
  return part;
}

// 1234567 as "1,234,567".
std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') text += ',';
    text += digits[i];
  }
  return text;
}

std::string day(std::int64_t epoch_s) {
  const auto time = static_cast<std::time_t>(epoch_s);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(epoch_s);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

class Table {
 public:
  void line(std::string_view what, std::int64_t count, std::string_view text) {
    text_ += fmt::format("{:<12} {:>16}  {}\n", what, grouped(count), text);
  }
  void counts(std::string_view what, const Counts& counts) {
    for (const auto& [name, count] : counts) line(what, count, name);
  }
  void lengths(std::string_view whose, const LengthStatistics& s) {
    text_ += fmt::format("{:<12} {:>16}  {} min, {} / {} / {} quartiles, {} at 99 %, {} max\n", whose,
                         fmt::format("{:.1f} mean", s.mean), grouped(s.smallest), grouped(s.p25), grouped(s.median),
                         grouped(s.p75), grouped(s.p99), grouped(s.largest));
  }
  void part(std::string_view name, const PartReport& part) {
    if (!part.present) return;
    line(name, part.targets,
         fmt::format("targets of {} users{}, with {} known events", grouped(part.users),
                     part.fold_in ? " (held out, folded in)" : "", grouped(part.history)));
    counts("  dropped", part.dropped);
    if (part.dropped_users > 0) line("  dropped", part.dropped_users, "users without any target left");
    if (part.seen_in_training > 0) line("  note", part.seen_in_training, "targets that their user already had before");
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

void add_count(Counts& counts, std::string_view name, std::int64_t count) {
  if (count > 0) counts.emplace_back(name, count);
}

std::int64_t total(const Counts& counts) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

LengthStatistics length_statistics(const HostArray<std::int64_t>& offsets) {
  LengthStatistics statistics;
  const std::int64_t rows = offsets.size() - 1;
  if (rows <= 0) return statistics;
  HostArray<std::int64_t> lengths(rows);
  for (std::int64_t row = 0; row < rows; ++row) lengths[row] = offsets[row + 1] - offsets[row];
  std::sort(lengths.begin(), lengths.end());
  const auto quantile = [&](std::int64_t percent) {
    return lengths[std::max<std::int64_t>(0, (percent * rows + 99) / 100 - 1)];
  };
  statistics = {lengths[0],
                quantile(25),
                quantile(50),
                quantile(75),
                quantile(99),
                lengths[rows - 1],
                static_cast<double>(offsets[rows]) / static_cast<double>(rows)};
  return statistics;
}

std::string PrepareReport::to_json() const {
  json root;
  root["rows_read"] = rows_read;
  root["bad_rows"] = to_node(bad_rows);
  root["dropped"] = to_node(dropped);
  root["files"] = files;
  root["bytes"] = bytes;
  root["users"] = users;
  root["items"] = items;
  root["entries"] = entries;
  root["negative_entries"] = negative_entries;
  root["has_values"] = has_values;
  root["held_out_users"] = held_out_users;
  const double cells = static_cast<double>(users) * static_cast<double>(items);
  root["density"] = cells > 0.0 ? static_cast<double>(entries) / cells : 0.0;
  root["entries_a_user"] = to_node(user_entries);
  root["entries_an_item"] = to_node(item_entries);
  root["time_range_s"] = has_timestamps ? json{oldest_s, newest_s} : json(nullptr);
  root["validation"] = to_node(validation);
  root["test"] = to_node(test);
  return root.dump(2) + "\n";
}

PrepareReport PrepareReport::from_json(const std::string& text) {
  try {
    const json root = json::parse(text);
    PrepareReport report;
    report.rows_read = root.at("rows_read");
    report.bad_rows = counts_from(root.at("bad_rows"));
    report.dropped = counts_from(root.at("dropped"));
    report.files = root.at("files");
    report.bytes = root.at("bytes");
    report.users = root.at("users");
    report.items = root.at("items");
    report.entries = root.at("entries");
    report.negative_entries = root.at("negative_entries");
    report.has_values = root.at("has_values");
    report.held_out_users = root.at("held_out_users");
    report.user_entries = lengths_from(root.at("entries_a_user"));
    report.item_entries = lengths_from(root.at("entries_an_item"));
    report.has_timestamps = !root.at("time_range_s").is_null();
    if (report.has_timestamps) {
      report.oldest_s = root.at("time_range_s").at(0);
      report.newest_s = root.at("time_range_s").at(1);
    }
    report.validation = part_from(root.at("validation"));
    report.test = part_from(root.at("test"));
    return report;
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "statistics.json: not the statistics of a prepared dataset: {}", error.what());
  }
}

std::string report_table(const PrepareReport& report) {
  Table table;
  table.line("read", report.rows_read,
             fmt::format("events from {} file{} ({:.1f} MB)", report.files, report.files == 1 ? "" : "s",
                         static_cast<double>(report.bytes) * 1e-6));
  table.counts("bad rows", report.bad_rows);
  table.counts("dropped", report.dropped);
  const double cells = static_cast<double>(report.users) * static_cast<double>(report.items);
  table.line("training", report.entries,
             fmt::format("entries of {} users x {} items, {:.3g} % dense, {}", grouped(report.users),
                         grouped(report.items), cells > 0.0 ? 100.0 * static_cast<double>(report.entries) / cells : 0.0,
                         report.has_values ? "with confidences" : "all of confidence 1"));
  if (report.negative_entries > 0) table.line("", report.negative_entries, "of them negative feedback");
  table.lengths("  a user", report.user_entries);
  table.lengths("  an item", report.item_entries);
  std::string text = table.take();
  if (report.has_timestamps && report.entries > 0) {
    text += fmt::format("{:<12} {:>16}  to {}\n", "  time", day(report.oldest_s), day(report.newest_s));
  }
  table.part("validation", report.validation);
  table.part("test", report.test);
  return text + table.take();
}

}  // namespace kindred
