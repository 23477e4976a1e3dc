// SPDX-License-Identifier: Apache-2.0
// What the configuration knows of a key: its name, where its value lives, its range, its text. Each config struct has
// one `fields(visitor, struct)` beside it; FieldList is the visitor that turns all of them into a flat list, over
// which the reader, the checks, the reference page, the JSON schema and the resolved dump are plain loops.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace kindred {

// Specialise beside each enum: std::array of the names in the order of the enumerators.
template <typename Enum>
inline constexpr auto kChoices = nullptr;

// An enum member seen as one of its names.
struct Choice {
  std::span<const std::string_view> names;
  void* member = nullptr;
  int (*get)(const void* member) = nullptr;
  void (*set)(void* member, int value) = nullptr;
};

using FieldValue = std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*, std::vector<std::string>*,
                                std::map<std::string, double>*, std::optional<bool>*, std::optional<std::int64_t>*,
                                std::optional<double>*, Choice>;

// A key is used only while another key has one of these values; no values: while the other key is not empty.
// Where it is not used, setting it is an error and the resolved dump leaves it out.
struct Condition {
  std::string key;
  std::vector<std::string> values;
};

// What a text must be, beyond being text.
enum class TextRule {
  any,
  not_empty,
  folder_name,      // becomes the name of a folder
  device,           // auto, cpu, cuda, cuda:N
  column,           // name or 0-based position
  time,             // ISO 8601 or epoch seconds
  metric,           // trainer/config/metric_name.h
  input_file,       // must exist
  input_paths,      // file, folder or glob: must match
  prometheus_file,  // empty, or ends in .prom
};

struct Key {
  std::string doc;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;  // min itself is not allowed
  bool below_max = false;  // max itself is not allowed
  std::string unit = {};
  TextRule rule = TextRule::any;
  std::vector<std::string> choices = {};  // what a text, or each text of a list, may be; empty: see rule
  bool one_or_many = false;               // a list that may be written as a single value
  std::vector<Condition> when = {};
  bool result_depends =
      true;  // false: a run may go on with another value (what files hold is in the data's fingerprint)
};

struct Field {
  std::string path;     // "data.filter.min_weight"
  std::string section;  // "data.filter"; empty: top level
  std::string name;     // "min_weight"
  FieldValue value;
  Key key;
};

struct Section {
  std::string path;
  std::string doc;
};

class FieldList {
 public:
  template <typename T>
  void operator()(std::string_view name, T& member, Key key) {
    key.when.insert(key.when.begin(), conditions_.begin(), conditions_.end());
    fields_.push_back({path_of(name), section_, std::string(name), reference(member), std::move(key)});
  }

  template <typename Struct>
  void section(std::string_view name, Struct& members, std::string_view doc, std::vector<Condition> when = {}) {
    const std::string outer = section_;
    section_ = path_of(name);
    sections_.push_back({section_, std::string(doc)});
    group(members, std::move(when));
    section_ = outer;
  }

  // The keys of `members` stand flat in the current section.
  template <typename Struct>
  void group(Struct& members, std::vector<Condition> when) {
    const std::vector<Condition> outer = conditions_;
    conditions_.insert(conditions_.end(), when.begin(), when.end());
    fields(*this, members);
    conditions_ = outer;
  }

  const std::vector<Field>& all() const { return fields_; }
  const std::vector<Section>& sections() const { return sections_; }

 private:
  std::string path_of(std::string_view name) const {
    return section_.empty() ? std::string(name) : section_ + "." + std::string(name);
  }

  template <typename T>
  static FieldValue reference(T& member) {
    if constexpr (std::is_enum_v<T>) {
      return Choice{kChoices<T>, &member, [](const void* m) { return static_cast<int>(*static_cast<const T*>(m)); },
                    [](void* m, int value) { *static_cast<T*>(m) = static_cast<T>(value); }};
    } else {
      return &member;
    }
  }

  std::string section_;
  std::vector<Condition> conditions_;
  std::vector<Field> fields_;
  std::vector<Section> sections_;
};

}  // namespace kindred
