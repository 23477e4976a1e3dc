// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"
#include "trainer/report/training_curves.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

Markup validation_panel(const TrainingCurves& curves) {
  LineChart chart{.label = "Validation metrics by epoch", .x_name = "epoch", .series = {}};
  for (const auto& [name, curve] : curves.validation) {
    if (curve.size() > 1 && chart.series.size() < 6) chart.series.push_back(series_of(name, curve));
  }
  if (chart.series.empty()) return {};
  const std::string heading = chart.series.size() == 1 ? "Validation: " + chart.series[0].name : "Validation";
  return panel(heading, line_chart(chart));
}

Markup phases_panel(const RunRecord& run) {
  std::vector<BarRow> rows;
  double known = 0.0;
  for (const char* phase : {"prepare", "train", "validation", "evaluate", "export"}) {
    const auto seconds = find_number(*run.result, {"timing_s", phase});
    if (!seconds) continue;
    known += *seconds;
    const Json* cached = find_json(*run.result, {"timing_s", "prepared_from_cache"});
    const bool from_cache = std::string_view(phase) == "prepare" && cached != nullptr && *cached == true;
    rows.push_back({from_cache ? "prepare (cached)" : phase, *seconds, seconds_text(*seconds)});
  }
  const auto total = find_number(*run.result, {"timing_s", "total"});
  if (total && *total > known) rows.push_back({"everything else", *total - known, seconds_text(*total - known)});
  const std::string heading = total ? "Seconds by phase, of " + seconds_text(*total) : "Seconds by phase";
  return panel(heading, bar_rows("Seconds by phase", rows));
}

}  // namespace

Markup curves_section(const RunRecord& run) {
  const TrainingCurves curves = training_curves(run);
  Markup panels;
  if (curves.objective.size() > 1) {
    panels += panel("Objective", line_chart({.label = "Objective by epoch",
                                             .x_name = "epoch",
                                             .series = {series_of("", curves.objective)},
                                             .may_be_logarithmic = true}));
  }
  panels += validation_panel(curves);
  if (curves.seconds.size() > 1) {
    panels += panel("Seconds an epoch", line_chart({.label = "Training seconds by epoch",
                                                    .x_name = "epoch",
                                                    .series = {series_of("", curves.seconds)},
                                                    .from_zero = true}));
  }
  panels += phases_panel(run);
  return section("How it went", "", grid(panels, GridOf::halves));
}

}  // namespace kindred
