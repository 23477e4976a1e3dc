// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/field_text.h"
#include "trainer/config/key_table.h"
#include "trainer/config/metric_name.h"
#include "trainer/config/reference.h"
#include "trainer/config/suggestion.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace kindred {

namespace {

using Json = nlohmann::ordered_json;

std::string metric_pattern() {
  std::vector<std::string> cut;
  for (const std::string_view name : metric_kind_names()) {
    if (name != "auc") cut.emplace_back(name);
  }
  return "^(auc|(" + join(cut, "|") + ")@[1-9][0-9]*)$";
}

Json text_schema(const Key& key) {
  Json schema = {{"type", "string"}};
  if (!key.choices.empty()) schema["enum"] = key.choices;
  switch (key.rule) {
    case TextRule::not_empty:
    case TextRule::input_paths:
      schema["minLength"] = 1;
      break;
    case TextRule::folder_name:
      schema["pattern"] = "^([A-Za-z0-9][A-Za-z0-9._-]*|.*\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}.*)$";
      break;
    case TextRule::device:
      schema["pattern"] = "^(auto|cpu|cuda|cuda:[0-9]{1,4}|.*\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}.*)$";
      break;
    case TextRule::column:
    case TextRule::time:
      schema["type"] = {"string", "number"};
      break;
    case TextRule::metric:
      schema["pattern"] = metric_pattern();
      break;
    case TextRule::prometheus_file:
      schema["pattern"] = "^$|\\.prom$|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";
      break;
    case TextRule::any:
    case TextRule::input_file:
      break;
  }
  return schema;
}

Json number_schema(const Key& key, bool whole) {
  Json schema = {{"type", whole ? "integer" : "number"}};
  const auto bound = [&](const char* word, double value) {
    if (!std::isfinite(value)) return;
    schema[word] =
        value == std::floor(value) && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value)) : Json(value);
  };
  bound(key.above_min ? "exclusiveMinimum" : "minimum", key.min);
  bound(key.below_max ? "exclusiveMaximum" : "maximum", key.max);
  return schema;
}

struct ValueSchema {
  const Key& key;

  Json operator()(const bool*) const { return {{"type", "boolean"}}; }
  Json operator()(const std::int64_t*) const { return number_schema(key, true); }
  Json operator()(const std::uint64_t*) const { return number_schema(key, true); }
  Json operator()(const double*) const { return number_schema(key, false); }
  Json operator()(const std::string*) const {
    Json schema = text_schema(key);
    // Empty switches a metric off.
    if (key.rule == TextRule::metric) schema["pattern"] = "^$|" + metric_pattern();
    return schema;
  }
  Json operator()(const std::vector<std::string>*) const {
    const Json list = {{"type", "array"}, {"items", text_schema(key)}};
    if (!key.one_or_many) return list;
    return {{"oneOf", Json::array({text_schema(key), list})}};
  }
  Json operator()(const std::map<std::string, double>*) const {
    return {{"type", "object"}, {"additionalProperties", number_schema(key, false)}};
  }
  template <typename T>
  Json operator()(const std::optional<T>*) const {
    const T* none = nullptr;
    Json schema = (*this)(none);
    schema["type"] = {schema["type"], "null"};
    return schema;
  }
  Json operator()(const Choice& choice) const {
    return {{"enum", std::vector<std::string>(choice.names.begin(), choice.names.end())}};
  }
};

// The default in the type of its member; absent and empty values are told by their lack.
struct DefaultValue {
  Json operator()(const Choice& choice) const {
    return choice.names[static_cast<std::size_t>(choice.get(choice.member))];
  }
  template <typename T>
  Json operator()(const std::optional<T>* value) const {
    return *value ? Json(**value) : Json(nullptr);
  }
  template <typename T>
  Json operator()(const T* value) const {
    return *value;
  }
};

Json field_schema(const Field& field) {
  Json schema = {{"description", field.key.doc}};
  const std::string conditions = conditions_text(field);
  if (!conditions.empty()) schema["description"] = field.key.doc + " Only with " + conditions + ".";
  schema.update(std::visit(ValueSchema{field.key}, field.value));
  schema["default"] = std::visit(DefaultValue{}, field.value);
  return schema;
}

Json closed_object(const std::string& description) {
  return {{"description", description},
          {"type", "object"},
          {"additionalProperties", false},
          {"properties", Json::object()}};
}

bool belongs_to(const Field& field, std::string_view type) {
  for (const Condition& condition : field.key.when) {
    if (condition.key == "model.type") return condition.values.front() == type;
  }
  return true;
}

// One object a type; and one without `type`, for files that change keys of the model of their base.
Json model_schema(const KeyTable& keys, const std::string& description) {
  const Choice& types = std::get<Choice>(keys.at("model.type").front()->value);
  Json variants = Json::array();
  Json untyped = closed_object("Keys over those of the base.");
  for (const std::string_view type : types.names) {
    Json variant = closed_object("type: " + std::string(type));
    for (const Field& field : keys.fields()) {
      if (field.section != "model" || !belongs_to(field, type)) continue;
      Json schema = field_schema(field);
      if (field.name == "type") {
        schema.erase("enum");
        schema.erase("default");
        schema["const"] = type;
      } else {
        Json& shared = untyped["properties"][field.name];
        if (shared.is_null()) {
          shared = {{"anyOf", Json::array()}};
        }
        shared["anyOf"].push_back(schema);
      }
      variant["properties"][field.name] = std::move(schema);
    }
    variant["required"] = {"type"};
    variants.push_back(std::move(variant));
  }
  variants.push_back(std::move(untyped));
  return {{"description", description}, {"oneOf", std::move(variants)}};
}

}  // namespace

std::string config_schema() {
  Config defaults;
  const KeyTable keys(defaults);
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Configuration of Kindred"}};
  schema.update(closed_object("One file; configs/README.md has the rules that a schema cannot tell."));
  schema["properties"]["base"] = {
      {"description", "File that this one builds on; relative to this file."}, {"type", "string"}, {"minLength", 1}};
  // The properties of a section, "data.filter" -> /properties/data/properties/filter/properties.
  const auto properties = [&](const std::string& section) -> Json& {
    Json* object = &schema["properties"];
    for (std::size_t begin = 0; begin < section.size();) {
      const std::size_t end = std::min(section.find('.', begin), section.size());
      object = &(*object)[section.substr(begin, end - begin)]["properties"];
      begin = end + 1;
    }
    return *object;
  };
  for (const Section& section : keys.sections()) {
    const std::size_t dot = section.path.rfind('.');
    const std::string parent = dot == std::string::npos ? "" : section.path.substr(0, dot);
    const std::string name = section.path.substr(dot == std::string::npos ? 0 : dot + 1);
    properties(parent)[name] = name == "model" ? model_schema(keys, section.doc) : closed_object(section.doc);
  }
  for (const Field& field : keys.fields()) {
    if (field.section != "model") properties(field.section)[field.name] = field_schema(field);
  }
  return schema.dump(2) + "\n";
}

}  // namespace kindred
