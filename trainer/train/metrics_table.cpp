// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/metrics_table.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kNameWidth = 14;
constexpr int kValueWidth = 18;

std::string cell(const Json& metrics, const std::string& name) {
  if (!metrics.contains(name) || metrics[name]["value"].is_null()) return "-";
  const double value = metrics[name]["value"];
  if (!metrics[name].contains("ci95") || metrics[name]["ci95"].is_null()) return fmt::format("{:.4f}", value);
  const double low = metrics[name]["ci95"][0];
  const double high = metrics[name]["ci95"][1];
  return fmt::format("{:.4f} +-{:.4f}", value, (high - low) / 2.0);
}

std::string row(std::string_view model, const Json& columns, const Json& metrics) {
  std::string line = fmt::format("{:<{}}", model, kNameWidth);
  for (const auto& [name, ignored] : columns.items()) line += fmt::format("{:>{}}", cell(metrics, name), kValueWidth);
  return line + "\n";
}

}  // namespace

std::string metrics_table(std::string_view part, std::string_view model, const Json& metrics, const Json& baselines) {
  std::string table = fmt::format("{:<{}}", part, kNameWidth);
  for (const auto& [name, ignored] : metrics.items()) table += fmt::format("{:>{}}", name, kValueWidth);
  table += "\n" + row(model, metrics, metrics);
  for (const auto& [name, values] : baselines.items()) table += row(name, metrics, values);
  return table;
}

std::string metrics_tables(const Json& result) {
  std::string text;
  if (!result.contains("metrics")) return "no validation or test part: nothing was evaluated\n";
  for (const auto& [part, metrics] : result["metrics"].items()) {
    const Json baselines =
        result.contains("baselines") ? result["baselines"].value(part, Json::object()) : Json::object();
    text += (text.empty() ? "" : "\n") + metrics_table(part, result["model"].get<std::string>(), metrics, baselines);
  }
  return text;
}

}  // namespace kindred
