// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/settings.h"

#include "trainer/config/environment.h"
#include "trainer/config/suggestion.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

namespace kindred {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;  // a configuration is written by hand

std::optional<std::string> read_file(const std::string& file, const Place& from, Problems& problems) {
  std::error_code error;
  const auto refuse = [&](const std::string& message) {
    problems.add(from.file.empty() ? Place{file} : from, from.file.empty() ? "" : "base", message);
    problems.suspect("");
    return std::nullopt;
  };
  const std::string name = from.file.empty() ? "" : shown(file) + ": ";
  if (!fs::exists(file, error)) return refuse(name + "no such file; expected a configuration");
  if (!fs::is_regular_file(file, error)) return refuse(name + "is not a regular file; expected a configuration");
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (!error && bytes > kMaxFileBytes) {
    return refuse(name + fmt::format("has {} bytes; expected a configuration of at most {}", bytes, kMaxFileBytes));
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (error || !stream.good()) return refuse(name + "cannot be read; expected a configuration");
  return text;
}

std::string identity(const std::string& file) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(file, error);
  return error ? file : canonical.string();
}

}  // namespace

std::string Settings::text_of(const std::string& path) const {
  const auto it = settings_.find(path);
  if (it == settings_.end()) return keys_.current_text(path);
  const YamlNode& value = it->second.value;
  return value.kind == YamlNode::Kind::list ? "[...]" : value.text;
}

void Settings::begin_layer() {
  ++layer_;
  used_before_.clear();
  for (const auto& [path, setting] : settings_) {
    used_before_[path] = keys_.used_field(path, [&](const std::string& key) { return text_of(key); });
  }
}

void Settings::end_layer() {
  // Dropping a choice can free others (model.solver goes with model.type), so repeat until nothing changes.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = settings_.begin(); it != settings_.end();) {
      const auto before = used_before_.find(it->first);
      const bool old = it->second.layer < layer_ && before != used_before_.end() && before->second != nullptr;
      const bool drop =
          old && keys_.used_field(it->first, [&](const std::string& key) { return text_of(key); }) != before->second;
      it = drop ? settings_.erase(it) : std::next(it);
      changed = changed || drop;
    }
  }
}

void Settings::add_file(const std::string& file) {
  std::vector<std::string> chain;
  add_chain(file, chain, {});
}

void Settings::add_chain(const std::string& file, std::vector<std::string>& chain, const Place& from) {
  const bool again = std::any_of(chain.begin(), chain.end(),
                                 [&](const std::string& other) { return identity(other) == identity(file); });
  chain.push_back(file);
  if (again) {
    problems_.add(from, "base",
                  fmt::format("the files name each other in a circle: {}; expected an end", join(chain, " -> ")));
    problems_.suspect("");
    return;
  }
  const std::optional<std::string> text = read_file(file, from, problems_);
  if (!text) return;
  const std::optional<YamlNode> root = parse_yaml(*text, file, problems_);
  if (!root) {
    problems_.suspect("");
    return;
  }
  if (root->kind != YamlNode::Kind::map) {
    problems_.add(root->place, "", fmt::format("is {}; expected keys and values", describe(*root)));
    problems_.suspect("");
    return;
  }
  for (std::size_t i = 0; i < root->keys.size(); ++i) {
    if (root->keys[i].text != "base") continue;
    const YamlNode& base = root->items[i];
    if (base.kind != YamlNode::Kind::scalar || base.text.empty()) {
      problems_.add(base.place, "base", fmt::format("is {}; expected the path of another file", describe(base)));
      continue;
    }
    try {
      const fs::path path = expand_environment(base.text);
      add_chain((fs::path(file).parent_path() / path).lexically_normal().string(), chain, base.place);
      chain.resize(static_cast<std::size_t>(std::find(chain.begin(), chain.end(), file) - chain.begin()) + 1);
    } catch (const Error& error) {
      problems_.add(base.place, "base", error.what());
    }
  }
  begin_layer();
  add_section(*root, "");
  end_layer();
}

void Settings::add_section(const YamlNode& node, const std::string& section) {
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& name = node.keys[i].text;
    if (section.empty() && name == "base") continue;
    const std::string path = section.empty() ? name : section + "." + name;
    if (keys_.is_section(path)) {
      if (node.items[i].kind == YamlNode::Kind::map) {
        add_section(node.items[i], path);
      } else {
        problems_.add(node.items[i].place, path,
                      fmt::format("is {}; expected a map of keys such as {}", describe(node.items[i]),
                                  keys_.names_in(path).front()));
      }
    } else if (keys_.is_key(path)) {
      add_key(path, node.items[i], node.keys[i].place);
    } else {
      unknown_key(section, name, node.keys[i].place);
    }
  }
}

void Settings::add_key(const std::string& path, const YamlNode& value, const Place& place) {
  settings_[path] = {value, place, layer_};
}

void Settings::unknown_key(const std::string& section, const std::string& name, const Place& place) {
  const std::string prefix = section.empty() ? "" : section + ".";
  const std::string path = prefix + shown(name);
  std::string suggestion;
  if (!problems_.many()) {
    suggestion = nearest_word(name, keys_.names_in(section));
    if (!suggestion.empty()) {
      suggestion = prefix + suggestion;
    } else {  // the right name in the wrong section
      for (const std::string& known : keys_.paths()) {
        if (known.substr(known.rfind('.') + 1) == name) suggestion = known;
      }
    }
  }
  if (!suggestion.empty()) problems_.suspect(suggestion);
  problems_.add(place, path,
                "unknown key; expected one of " + join(keys_.names_in(section), ", ") +
                    (suggestion.empty() ? "" : fmt::format("; did you mean '{}'?", suggestion)));
}

void Settings::add_overrides(std::span<const std::string> overrides) {
  if (overrides.empty()) return;
  begin_layer();
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    add_override(overrides[i], {fmt::format("--set {}", i + 1)});
  }
  end_layer();
}

void Settings::add_override(const std::string& option, const Place& place) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems_.add(place, "",
                  fmt::format("'{}' sets nothing; expected key=value such as model.factors=256", shown(option)));
    return;
  }
  const std::string path = option.substr(0, equals);
  const std::string text = option.substr(equals + 1);
  YamlNode value;
  value.place = place;
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    std::optional<YamlNode> parsed = parse_yaml(text, place.file, problems_, &place);
    if (!parsed) return;
    value = std::move(*parsed);
  } else if (text != "null" && text != "~") {
    value.kind = YamlNode::Kind::scalar;
    value.text = text;
  }
  const std::size_t dot = path.rfind('.');
  const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
  if (keys_.is_section(path)) {
    problems_.add(place, path,
                  fmt::format("is a section; expected a key in it, such as {}.{}", path, keys_.names_in(path).front()));
  } else if (keys_.is_key(path)) {
    add_key(path, value, place);
  } else if (settings_.contains(section) && settings_[section].value.kind == YamlNode::Kind::map) {
    // One entry of a map such as data.event_weights.
    Setting& map = settings_[section];
    const std::string entry = path.substr(dot + 1);
    std::vector<std::string> names;
    for (const YamlKey& key : map.value.keys) names.push_back(key.text);
    const auto known = std::find(names.begin(), names.end(), entry);
    if (known == names.end()) {
      problems_.add(place, path, "unknown key; expected one of " + join(names, ", ") + did_you_mean(entry, names));
      return;
    }
    map.value.items[static_cast<std::size_t>(known - names.begin())] = value;
    map.place = place;
    map.layer = layer_;
  } else if (keys_.is_section(section) || section.empty()) {
    unknown_key(section, path.substr(dot == std::string::npos ? 0 : dot + 1), place);
  } else {
    const std::vector<std::string> paths = keys_.paths();
    problems_.add(place, shown(path), "unknown key; expected a key of the configuration" + did_you_mean(path, paths));
  }
}

}  // namespace kindred
