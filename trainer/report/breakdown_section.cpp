// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Markup activity_panel(const RunRecord& run, const std::string& part) {
  const Json* groups = find_json(*run.result, {"evaluation", part.c_str(), "breakdown", "user_activity"});
  if (groups == nullptr || !groups->is_array() || groups->empty()) return {};
  // The headline metric may have no values by user (coverage): then the first that has.
  std::string metric = run.headline_metric();
  const Json* first = find_json((*groups)[0], {"metrics"});
  if (first == nullptr || !first->is_object() || first->empty()) return {};
  if (!first->contains(metric)) metric = first->begin().key();
  BarChart chart{.label = metric + " by length of the user's history",
                 .x_name = "from this many items in the history (tenths of the users)",
                 .labels = {},
                 .series = {{.name = "", .values = {}}}};
  for (const Json& group : *groups) {
    const Json* history = find_json(group, {"history"});
    if (history == nullptr || !history->is_array() || history->empty()) return {};
    chart.labels.push_back(grouped((*history)[0].get<std::int64_t>()));
    chart.series[0].values.push_back(find_number(group, {"metrics", metric.c_str()}).value_or(kMissing));
  }
  return panel(metric + " by user activity", bar_chart(chart));
}

// A value of a popularity group under a key that ends with its cut: "recall@100".
std::optional<double> at_cut(const Json& group, const std::string& prefix, std::string& name) {
  for (const auto& [key, value] : group.items()) {
    if (!key.starts_with(prefix) || !value.is_number()) continue;
    name = key;
    return value.get<double>();
  }
  return std::nullopt;
}

Markup popularity_panels(const RunRecord& run, const std::string& part) {
  const Json* groups = find_json(*run.result, {"evaluation", part.c_str(), "breakdown", "item_popularity"});
  if (groups == nullptr || !groups->is_array() || groups->empty()) return {};
  std::string recall_name = "recall";
  std::string exposure_name = "exposure";
  BarChart recall{.label = "Recall by item popularity", .x_name = "", .labels = {}, .series = {{}}};
  BarChart shares{.label = "What is shown by item popularity",
                  .x_name = "items by popularity",
                  .labels = {},
                  .series = {{.name = "of the catalogue", .values = {}},
                             {.name = "of what users wanted", .values = {}},
                             {.name = "of what they are shown", .values = {}}},
                  .percent = true};
  for (const Json& group : *groups) {
    const std::string name = find_text(group, {"group"});
    recall.x_name += fmt::format("{}{}: {} items", recall.x_name.empty() ? "" : ", ", name,
                                 grouped(find_count(group, {"items"}).value_or(0)));
    recall.labels.push_back(name);
    recall.series[0].values.push_back(at_cut(group, "recall@", recall_name).value_or(kMissing));
    shares.labels.push_back(name);
    shares.series[0].values.push_back(find_number(group, {"catalogue_share"}).value_or(kMissing));
    shares.series[1].values.push_back(find_number(group, {"target_share"}).value_or(kMissing));
    shares.series[2].values.push_back(at_cut(group, "exposure_share@", exposure_name).value_or(kMissing));
  }
  Markup panels = panel(recall_name + " by item popularity", bar_chart(recall));
  panels += panel("Shares by item popularity", bar_chart(shares));
  return panels;
}

}  // namespace

Markup breakdown_section(const RunRecord& run) {
  const std::string part = run.headline_part();
  if (part.empty()) return {};
  Markup panels = activity_panel(run, part);
  panels += popularity_panels(run, part);
  return section(
      "For whom, and with what",
      "On " + part + ". Head, mid and tail hold a third of the training events each, the most popular items first.",
      grid(panels));
}

}  // namespace kindred
