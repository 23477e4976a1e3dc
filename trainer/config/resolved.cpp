// SPDX-License-Identifier: Apache-2.0
// A Config back to text: the resolved dump, its hash, its differences from another.
#include "trainer/config/field_text.h"
#include "trainer/config/key_table.h"
#include "trainer/config/load.h"
#include "trainer/config/yaml_tree.h"

#include <xxhash.h>

#include <nlohmann/json.hpp>

#include <set>

namespace kindred {

namespace {

using Json = nlohmann::ordered_json;

std::string indentation(std::string_view path) {
  std::size_t depth = 0;
  for (const char c : path) depth += c == '.' ? 2 : 0;
  return std::string(depth, ' ');
}

// Headings of `section` and of the sections around it that have none yet.
void add_headings(const std::string& section, std::set<std::string>& written, std::string& yaml) {
  if (section.empty() || !written.insert(section).second) return;
  const std::size_t dot = section.rfind('.');
  if (dot != std::string::npos) add_headings(section.substr(0, dot), written, yaml);
  yaml += indentation(section) + section.substr(dot == std::string::npos ? 0 : dot + 1) + ":\n";
}

struct ToJson {
  Json operator()(const Choice& value) const { return value.names[static_cast<std::size_t>(value.get(value.member))]; }
  template <typename T>
  Json operator()(const std::optional<T>* value) const {
    return *value ? Json(**value) : Json(nullptr);
  }
  template <typename T>
  Json operator()(const T* value) const {
    return Json(*value);
  }
};

}  // namespace

std::map<std::string, std::string> config_values(const Config& config) {
  Config copy = config;
  const KeyTable keys(copy);
  std::map<std::string, std::string> values;
  for (const Field* field : keys.used_fields()) values[field->path] = field_yaml(*field);
  return values;
}

std::string resolved_yaml(const LoadedConfig& loaded) {
  Config config = loaded.config;
  const KeyTable keys(config);
  std::string yaml;
  std::set<std::string> written;
  for (const Field* field : keys.used_fields()) {
    add_headings(field->section, written, yaml);
    yaml += indentation(field->path) + field->name + ": " + field_yaml(*field);
    const auto origin = loaded.origins.find(field->path);
    if (origin != loaded.origins.end()) yaml += "  # " + shown(origin->second.origin(), 4096);
    yaml += "\n";
  }
  return yaml;
}

std::string resolved_json(const LoadedConfig& loaded) {
  Config config = loaded.config;
  const KeyTable keys(config);
  Json values = Json::object();
  Json origins = Json::object();
  for (const Field* field : keys.used_fields()) {
    std::string pointer = "/" + field->path;
    for (char& c : pointer) c = c == '.' ? '/' : c;
    values[Json::json_pointer(pointer)] = std::visit(ToJson{}, field->value);
    const auto origin = loaded.origins.find(field->path);
    if (origin != loaded.origins.end()) origins[field->path] = origin->second.origin();
  }
  const Json result = {{"config", std::move(values)},
                       {"origins", std::move(origins)},
                       {"hash", fmt::format("{:016x}", config_hash(loaded.config))}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::uint64_t config_hash(const Config& config, std::string_view section) {
  std::string canonical;
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  for (const auto& [path, value] : config_values(config)) {
    if (path.starts_with(prefix)) canonical += path + ": " + value + "\n";
  }
  return XXH3_64bits(canonical.data(), canonical.size());
}

namespace {

// Of every key that differs, in the order of the reference page; `field`: what is known of the key.
template <typename Take>
void for_each_difference(const Config& a, const Config& b, Take&& take) {
  const std::map<std::string, std::string> values_a = config_values(a);
  const std::map<std::string, std::string> values_b = config_values(b);
  const auto value = [](const std::map<std::string, std::string>& values, const std::string& path) {
    const auto it = values.find(path);
    return it == values.end() ? std::string() : it->second;
  };
  Config defaults;
  std::set<std::string> seen;
  const FieldList fields = all_fields(defaults);
  for (const Field& field : fields.all()) {
    if (!seen.insert(field.path).second) continue;
    const KeyChange change{field.path, value(values_a, field.path), value(values_b, field.path)};
    if (change.before != change.after) take(field, change);
  }
}

}  // namespace

std::vector<std::string> differing_keys(const Config& a, const Config& b) {
  std::vector<std::string> differing;
  for_each_difference(a, b, [&](const Field& field, const KeyChange&) { differing.push_back(field.path); });
  return differing;
}

std::vector<KeyChange> changes_of_result(const Config& before, const Config& after) {
  std::vector<KeyChange> changes;
  for_each_difference(before, after, [&](const Field& field, const KeyChange& change) {
    if (field.key.result_depends) changes.push_back(change);
  });
  return changes;
}

}  // namespace kindred
