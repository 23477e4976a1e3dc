// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/key_table.h"

#include "trainer/config/field_text.h"

#include <algorithm>

namespace kindred {

FieldList all_fields(Config& config) {
  FieldList list;
  fields(list, config);
  return list;
}

KeyTable::KeyTable(Config& config) : list_(all_fields(config)) {
  for (const Field& field : list_.all()) by_path_[field.path].push_back(&field);
}

bool KeyTable::is_section(std::string_view path) const {
  return std::any_of(sections().begin(), sections().end(), [&](const Section& s) { return s.path == path; });
}

const std::vector<const Field*>& KeyTable::at(const std::string& path) const { return by_path_.at(path); }

std::vector<std::string> KeyTable::names_in(std::string_view section) const {
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  for (const Field& field : fields()) {
    if (field.section == section) add(field.name);
  }
  for (const Section& inner : sections()) {
    const std::size_t dot = inner.path.rfind('.');
    const std::string_view parent = std::string_view(inner.path).substr(0, dot == std::string::npos ? 0 : dot);
    if (parent == section) add(inner.path.substr(dot == std::string::npos ? 0 : dot + 1));
  }
  return names;
}

std::vector<std::string> KeyTable::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, unused] : by_path_) paths.push_back(path);
  return paths;
}

const Condition* KeyTable::unmet_condition(const Field& field, const TextOf& text_of) const {
  for (const Condition& condition : field.key.when) {
    const std::string text = text_of(condition.key);
    const bool met = condition.values.empty()
                         ? !text.empty()
                         : std::find(condition.values.begin(), condition.values.end(), text) != condition.values.end();
    if (!met) return &condition;
  }
  return nullptr;
}

const Field* KeyTable::used_field(const std::string& path, const TextOf& text_of) const {
  for (const Field* field : at(path)) {
    if (unmet_condition(*field, text_of) == nullptr) return field;
  }
  return nullptr;
}

std::vector<const Field*> KeyTable::used_fields() const {
  const TextOf text_of = [&](const std::string& path) { return current_text(path); };
  std::vector<const Field*> used;
  for (const Field& field : fields()) {
    if (unmet_condition(field, text_of) == nullptr) used.push_back(&field);
  }
  return used;
}

std::string KeyTable::current_text(const std::string& path) const { return field_text(*at(path).front()); }

}  // namespace kindred
