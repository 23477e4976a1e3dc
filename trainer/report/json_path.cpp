// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/json_path.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

const Json* find_json(const Json& json, JsonPath path) {
  const Json* at = &json;
  for (const char* key : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(key);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::optional<double> find_number(const Json& json, JsonPath path) {
  const Json* found = find_json(json, path);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<std::int64_t> find_count(const Json& json, JsonPath path) {
  const Json* found = find_json(json, path);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::string find_text(const Json& json, JsonPath path) {
  const Json* found = find_json(json, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace kindred
