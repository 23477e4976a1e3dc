// SPDX-License-Identifier: Apache-2.0
// Values out of a run's JSON files, which may be of a run that did not finish or of another version: what is not there
// is nothing, never an error.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace kindred {

using JsonPath = std::initializer_list<const char*>;

const nlohmann::ordered_json* find_json(const nlohmann::ordered_json& json, JsonPath path);
std::optional<double> find_number(const nlohmann::ordered_json& json, JsonPath path);
std::optional<std::int64_t> find_count(const nlohmann::ordered_json& json, JsonPath path);
std::string find_text(const nlohmann::ordered_json& json, JsonPath path);  // "" where there is none

}  // namespace kindred
