// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/metrics_table.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kNameWidth = 14;
constexpr int kValueWidth = 18;  // and a star or a space

constexpr double kSignificant = 0.05;

// "0.1653 +-0.0021", of {"<key>": value, "ci95": [low, high]}; both may be null.
std::string cell(const Json& metrics, const std::string& name, const char* key, const char* format_value) {
  if (!metrics.contains(name) || metrics[name][key].is_null()) return "-";
  const Json& metric = metrics[name];
  std::string text = fmt::format(fmt::runtime(format_value), metric[key].get<double>());
  if (metric.contains("ci95") && !metric["ci95"].is_null()) {
    const double low = metric["ci95"][0];
    const double high = metric["ci95"][1];
    text += fmt::format(" +-{:.4f}", (high - low) / 2.0);
  }
  return text;
}

std::string value_row(std::string_view model, const Json& columns, const Json& metrics) {
  std::string line = fmt::format("{:<{}}", model, kNameWidth);
  for (const auto& [name, ignored] : columns.items()) {
    line += fmt::format("{:>{}} ", cell(metrics, name, "value", "{:.4f}"), kValueWidth);
  }
  return line;
}

std::string difference_row(std::string_view baseline, const Json& columns, const Json& differences) {
  std::string line = fmt::format("- {:<{}}", baseline, kNameWidth - 2);
  for (const auto& [name, ignored] : columns.items()) {
    const bool star = differences.contains(name) && differences[name]["p_holm"].get<double>() < kSignificant;
    line += fmt::format("{:>{}}{}", cell(differences, name, "difference", "{:+.4f}"), kValueWidth, star ? '*' : ' ');
  }
  return line;
}

void add_line(std::string& table, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  table += line + "\n";
}

// `metrics`: {"recall@20": {"value": .., "ci95": [lo, hi]}, ...} of the model; `baselines`: the same by name.
std::string metrics_table(std::string_view part, const std::string& model, const Json& metrics, const Json& baselines,
                          const Json& comparisons) {
  std::string head = fmt::format("{:<{}}", part, kNameWidth);
  for (const auto& [name, values] : metrics.items()) head += fmt::format("{:>{}} ", name, kValueWidth);
  std::string table;
  add_line(table, head);
  add_line(table, value_row(model, metrics, metrics));
  for (const auto& [name, values] : baselines.items()) add_line(table, value_row(name, metrics, values));
  if (comparisons.empty()) return table;
  table +=
      fmt::format("{}, by how much better on the same users (* p < {} by a randomisation test, Holm's correction)\n",
                  model, kSignificant);
  for (const auto& [name, values] : comparisons.items()) add_line(table, difference_row(name, metrics, values));
  return table;
}

// result[key][part], {} where it is not there.
Json of_part(const Json& result, const char* key, const std::string& part) {
  return result.contains(key) ? result[key].value(part, Json::object()) : Json::object();
}

}  // namespace

std::string metrics_tables(const Json& result) {
  std::string text;
  if (!result.contains("metrics")) return "no validation or test part: nothing was evaluated\n";
  for (const auto& [part, metrics] : result["metrics"].items()) {
    text += text.empty() ? "" : "\n";
    text += metrics_table(part, result["model"].get<std::string>(), metrics, of_part(result, "baselines", part),
                          of_part(result, "comparisons", part));
  }
  return text;
}

}  // namespace kindred
