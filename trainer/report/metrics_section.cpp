// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"
#include "trainer/report/significance.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kMostCharts = 6;

std::optional<std::pair<double, double>> interval_of(const Json& metric) {
  const Json* ci95 = find_json(metric, {"ci95"});
  if (ci95 == nullptr || !ci95->is_array() || ci95->size() != 2 || !(*ci95)[0].is_number()) return std::nullopt;
  return std::pair{(*ci95)[0].get<double>(), (*ci95)[1].get<double>()};
}

Markup value_cell(const Json& metrics, const std::string& name, bool strong) {
  const auto value = find_number(metrics, {name.c_str(), "value"});
  if (!value) return Markup::literal("&ndash;");
  Markup cell = strong ? html("<b>{}</b>", metric_text(*value)) : html("{}", metric_text(*value));
  if (const auto interval = interval_of(metrics[name])) {
    cell += html("<small>{} to {}</small>", metric_text(interval->first), metric_text(interval->second));
  }
  return cell;
}

Markup difference_cell(const Json& differences, const std::string& name) {
  const auto difference = find_number(differences, {name.c_str(), "difference"});
  if (!difference) return Markup::literal("&ndash;");
  const auto p = find_number(differences, {name.c_str(), "p_holm"});
  const bool significant = p && *p < kSignificant;
  Markup cell = html("<span class=\"{}\">{}</span>",
                     !significant        ? ""
                     : *difference > 0.0 ? "up"
                                         : "down",
                     difference_text(*difference));
  if (p) cell += html("<small>{}</small>", *p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", *p));
  return cell;
}

Markup values_table(const std::string& model, const Json& metrics, const Json* baselines, const Json* comparisons) {
  std::vector<std::string> head = {""};
  for (const auto& [name, metric] : metrics.items()) head.push_back(name);
  std::vector<std::vector<Markup>> rows;
  const auto add_row = [&](Markup name, const auto& cell) {
    std::vector<Markup> row = {std::move(name)};
    for (const auto& [metric, ignored] : metrics.items()) row.push_back(cell(metric));
    rows.push_back(std::move(row));
  };
  add_row(html("<b>{}</b>", model), [&](const std::string& metric) { return value_cell(metrics, metric, true); });
  if (baselines != nullptr && baselines->is_object()) {
    for (const auto& [name, values] : baselines->items()) {
      add_row(foreign(name), [&, &values = values](const std::string& m) { return value_cell(values, m, false); });
    }
  }
  if (comparisons != nullptr && comparisons->is_object()) {
    for (const auto& [name, values] : comparisons->items()) {
      add_row(html("{} <small>by how much better than {}, same users</small>", model, name),
              [&, &values = values](const std::string& m) { return difference_cell(values, m); });
    }
  }
  return table(head, rows);
}

Markup interval_panel(const std::string& metric, const std::string& model, const Json& metrics, const Json* baselines) {
  IntervalChart chart{.label = metric + " of the model and its baselines", .rows = {}};
  const auto add = [&](const std::string& name, const Json& values, bool strong) {
    const auto value = find_number(values, {metric.c_str(), "value"});
    if (value) chart.rows.push_back({name, *value, interval_of(values[metric]), strong});
  };
  add(model, metrics, true);
  if (baselines != nullptr && baselines->is_object()) {
    for (const auto& [name, values] : baselines->items()) add(name, values, false);
  }
  return panel(metric, interval_chart(chart));
}

}  // namespace

Markup metrics_section(const RunRecord& run) {
  Markup all;
  const std::string model = run.model();
  for (const char* part : {"test", "validation"}) {
    const Json* metrics = find_json(*run.result, {"metrics", part});
    if (metrics == nullptr || !metrics->is_object()) continue;
    const Json* baselines = find_json(*run.result, {"baselines", part});
    const Json* comparisons = find_json(*run.result, {"comparisons", part});
    Markup panels;
    // The charts are of the part that counts; the other part stands in its table.
    if (part == run.headline_part()) {
      std::size_t charts = 0;
      for (const auto& [name, metric] : metrics->items()) {
        if (charts++ < kMostCharts) panels += interval_panel(name, model, *metrics, baselines);
      }
    }
    panels += wide_panel(fmt::format("On {}", part), values_table(model, *metrics, baselines, comparisons));
    all += grid(panels);
  }
  return section("How good it is",
                 "Whole catalogue ranked; 95 % intervals by bootstrap over users. Differences are of the same users: "
                 "randomisation test, Holm's correction; coloured where p < 0.05.",
                 all);
}

}  // namespace kindred
