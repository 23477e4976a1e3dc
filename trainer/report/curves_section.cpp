// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <nlohmann/json.hpp>

#include <map>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

// Values by epoch. An epoch that was trained again after a resumption counts as it was trained last.
using Curve = std::map<std::int64_t, double>;

Series series_of(const std::string& name, const Curve& curve) {
  Series series{.name = name, .points = {}};
  for (const auto& [epoch, value] : curve) series.points.push_back({static_cast<double>(epoch), value});
  return series;
}

struct Curves {
  Curve objective;
  Curve seconds;  // of each epoch
  std::map<std::string, Curve> validation;
};

Curves read_curves(const RunRecord& run) {
  Curves curves;
  double elapsed = 0.0;
  for (const Json& event : run.events) {
    const std::string kind = find_text(event, {"event"});
    const auto epoch = find_count(event, {"epoch"});
    if (!epoch) continue;
    if (kind == "epoch") {
      if (const auto value = find_number(event, {"objective"})) curves.objective[*epoch] = *value;
      if (const auto now = find_number(event, {"elapsed_s"})) {
        // The clock of a run that was resumed may begin again.
        curves.seconds[*epoch] = *now >= elapsed ? *now - elapsed : *now;
        elapsed = *now;
      }
    } else if (kind == "evaluation" && find_text(event, {"part"}) == "validation") {
      const Json* metrics = find_json(event, {"metrics"});
      if (metrics == nullptr || !metrics->is_object()) continue;
      for (const auto& [name, metric] : metrics->items()) {
        if (const auto value = find_number(metric, {"value"})) curves.validation[name][*epoch] = *value;
      }
    }
  }
  return curves;
}

Markup validation_panel(const Curves& curves) {
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
  const Curves curves = read_curves(run);
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
