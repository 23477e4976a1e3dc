// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/training_curves.h"

#include "trainer/report/json_path.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

Series series_of(const std::string& name, const Curve& curve) {
  Series series{.name = name, .points = {}};
  for (const auto& [epoch, value] : curve) series.points.push_back({static_cast<double>(epoch), value});
  return series;
}

TrainingCurves training_curves(const RunRecord& run) {
  TrainingCurves curves;
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

}  // namespace kindred
