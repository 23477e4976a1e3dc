// SPDX-License-Identifier: Apache-2.0
// Metrics for people: a row a model, a column a metric, each with half the width of its 95 % interval.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace kindred {

// `metrics`: {"recall@20": {"value": .., "ci95": [lo, hi]}, ...} of the model; `baselines`: the same by model type.
std::string metrics_table(std::string_view part, std::string_view model, const nlohmann::ordered_json& metrics,
                          const nlohmann::ordered_json& baselines);
// The tables of a result.json, validation then test.
std::string metrics_tables(const nlohmann::ordered_json& result);

}  // namespace kindred
