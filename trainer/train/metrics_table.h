// SPDX-License-Identifier: Apache-2.0
// Metrics for people: a row a model, a column a metric, each with half the width of its 95 % interval; below, by how
// much the model differs from each baseline on the same users, with a star where chance does not explain it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace kindred {

// The tables of a result.json, validation then test.
std::string metrics_tables(const nlohmann::ordered_json& result);

}  // namespace kindred
