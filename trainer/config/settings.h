// SPDX-License-Identifier: Apache-2.0
// What the files and --set options say, key by key, the later over the earlier. A layer that changes a choice (such as
// model.type or split.protocol) drops the keys of earlier layers that belong to the old choice; keys that the same
// layer or a later one sets stay, and are an error where they do not belong.
#pragma once

#include "trainer/config/key_table.h"
#include "trainer/config/problems.h"
#include "trainer/config/yaml_tree.h"

#include <map>
#include <span>
#include <string>

namespace kindred {

struct Setting {
  YamlNode value;
  Place place;  // of the key
  int layer = 0;
};

class Settings {
 public:
  Settings(const KeyTable& keys, Problems& problems) : keys_(keys), problems_(problems) {}

  // A file, after the files that its `base:` names.
  void add_file(const std::string& file);
  // All --set options together: one layer.
  void add_overrides(std::span<const std::string> overrides);

  const std::map<std::string, Setting>& all() const { return settings_; }
  // Text of the value that a key has now: set, or the default.
  std::string text_of(const std::string& path) const;

 private:
  void add_chain(const std::string& file, std::vector<std::string>& chain, const Place& from);
  void add_section(const YamlNode& node, const std::string& section);
  void add_key(const std::string& path, const YamlNode& value, const Place& place);
  void add_override(const std::string& option, const Place& place);
  void unknown_key(const std::string& section, const std::string& name, const Place& place);
  void begin_layer();
  void end_layer();

  const KeyTable& keys_;
  Problems& problems_;
  std::map<std::string, Setting> settings_;
  std::map<std::string, const Field*> used_before_;  // by key of an earlier layer: the field it stood for
  int layer_ = 0;
};

}  // namespace kindred
