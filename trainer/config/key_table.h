// SPDX-License-Identifier: Apache-2.0
// The keys of a Config by path. Several fields can share a path: `model.regularization` of als and of ease; at most
// one of them is in use, as their conditions say.
#pragma once

#include "trainer/config/config.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

class KeyTable {
 public:
  // Text of the value that a key has; used to see which conditions hold.
  using TextOf = std::function<std::string(const std::string& path)>;

  explicit KeyTable(Config& config);

  const std::vector<Field>& fields() const { return list_.all(); }
  const std::vector<Section>& sections() const { return list_.sections(); }
  bool is_section(std::string_view path) const;
  bool is_key(std::string_view path) const { return by_path_.find(path) != by_path_.end(); }
  const std::vector<const Field*>& at(const std::string& path) const;

  // Keys and sections directly in a section, and the paths of all keys: for suggestions.
  std::vector<std::string> names_in(std::string_view section) const;
  std::vector<std::string> paths() const;

  // The condition that keeps the field from being used; nullptr: it is used.
  const Condition* unmet_condition(const Field& field, const TextOf& text_of) const;
  // The field of this path that is used; nullptr: none.
  const Field* used_field(const std::string& path, const TextOf& text_of) const;
  // Fields in use in this configuration as it stands, in order.
  std::vector<const Field*> used_fields() const;

  // Text of the value in the Config that the table was made of.
  std::string current_text(const std::string& path) const;

 private:
  FieldList list_;
  std::map<std::string, std::vector<const Field*>, std::less<>> by_path_;
};

}  // namespace kindred
