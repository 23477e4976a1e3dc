// SPDX-License-Identifier: Apache-2.0
// A comparison of runs as a table for a terminal, and as JSON.
#include "trainer/report/number_text.h"
#include "trainer/report/run_comparison.h"
#include "trainer/report/significance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kValueWidth = 18;  // and a star or a space

std::string half_width(const Interval& interval) {
  return std::isfinite(interval.low) ? fmt::format(" +-{:.4f}", (interval.high - interval.low) / 2.0) : "";
}

void add_line(std::string& table, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  table += line + "\n";
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

std::string comparison_table(const RunComparison& comparison) {
  std::size_t name_width = comparison.part.size();
  for (const ComparedRun& run : comparison.runs) name_width = std::max(name_width, run.name.size());
  const ComparedRun& reference = comparison.runs.front();
  std::string table;
  std::string head = fmt::format("{:<{}}  ", comparison.part, name_width);
  for (const MetricResult& metric : reference.result.metrics) head += fmt::format("{:>{}} ", metric.name, kValueWidth);
  add_line(table, head);
  for (const ComparedRun& run : comparison.runs) {
    std::string line = fmt::format("{:<{}}  ", run.name, name_width);
    for (const MetricResult& metric : run.result.metrics) {
      const std::string cell = std::isfinite(metric.value)
                                   ? fmt::format("{:.4f}{}", metric.value, metric.ci95 ? half_width(*metric.ci95) : "")
                                   : "-";
      line += fmt::format("{:>{}} ", cell, kValueWidth);
    }
    add_line(table, line);
  }
  table += fmt::format(
      "\nby how much better than {}, on the same users (* p < {} by a randomisation test, Holm's correction over "
      "all)\n",
      reference.name, kSignificant);
  for (std::size_t i = 1; i < comparison.runs.size(); ++i) {
    const ComparedRun& run = comparison.runs[i];
    std::string line = fmt::format("{:<{}}  ", run.name, name_width);
    for (const MetricResult& metric : reference.result.metrics) {
      const auto found = std::find_if(run.differences.begin(), run.differences.end(),
                                      [&](const PairedComparison& d) { return d.metric == metric.name; });
      if (found == run.differences.end()) {
        line += fmt::format("{:>{}} ", "-", kValueWidth);
        continue;
      }
      line += fmt::format("{:>{}}{}", fmt::format("{:+.4f}{}", found->difference, half_width(found->ci95)), kValueWidth,
                          found->p_holm < kSignificant ? '*' : ' ');
    }
    add_line(table, line);
  }
  table += comparison.keys.empty() ? "\nthe configurations do not differ\n" : "\nkeys that differ\n";
  std::size_t key_width = 0;
  std::vector<std::size_t> widths(comparison.runs.size(), 1);
  for (const KeyDifference& key : comparison.keys) {
    key_width = std::max(key_width, key.key.size());
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], key.values[i].size());
  }
  for (const KeyDifference& key : comparison.keys) {
    std::string line = fmt::format("  {:<{}}", key.key, key_width);
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += fmt::format("  {:<{}}", key.values[i].empty() ? "-" : key.values[i], widths[i]);
    add_line(table, line);
  }
  return table;
}

Json to_json(const RunComparison& comparison) {
  Json json = {{"part", comparison.part}, {"reference", comparison.runs.front().name}};
  json["runs"] = Json::array();
  for (const ComparedRun& run : comparison.runs) {
    Json entry = {{"name", run.name},     {"run", run.folder.string()}, {"model", run.model},
                  {"epochs", run.epochs}, {"train_s", run.train_s},     {"metrics", run.result.metrics_json()}};
    for (const PairedComparison& difference : run.differences) {
      entry["differences"][difference.metric] = {{"difference", number(difference.difference)},
                                                 {"ci95", {number(difference.ci95.low), number(difference.ci95.high)}},
                                                 {"p", difference.p_value},
                                                 {"p_holm", difference.p_holm},
                                                 {"users", difference.users}};
    }
    json["runs"].push_back(std::move(entry));
  }
  json["config"] = Json::object();
  for (const KeyDifference& key : comparison.keys) json["config"][key.key] = key.values;
  return json;
}

}  // namespace kindred
