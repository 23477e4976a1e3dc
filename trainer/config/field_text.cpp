// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/field_text.h"

#include "trainer/config/suggestion.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

bool is_plain_word(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inside = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("_-./@").find(c) != std::string_view::npos;
  };
  if (text.empty() || !letter(text.front()) || !std::all_of(text.begin(), text.end(), inside)) return false;
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const std::string_view word : {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"}) {
    if (lower == word) return false;
  }
  return true;
}

std::string words(std::span<const std::string_view> names) {
  return join(std::vector<std::string>(names.begin(), names.end()), ", ");
}

bool whole_numbers(const FieldValue& value) {
  return std::holds_alternative<std::int64_t*>(value) || std::holds_alternative<std::uint64_t*>(value) ||
         std::holds_alternative<std::optional<std::int64_t>*>(value);
}

std::string list_yaml(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(quoted_yaml(item));
  return "[" + join(quoted, ", ") + "]";
}

std::string map_yaml(const std::map<std::string, double>& entries) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : entries) pairs.push_back(quoted_yaml(key) + ": " + number_text(value));
  return "{" + join(pairs, ", ") + "}";
}

std::string value_text(const FieldValue& value, bool yaml) {
  const std::string absent = yaml ? "null" : "";
  return std::visit(Overloaded{
                        [](const bool* v) { return std::string(*v ? "true" : "false"); },
                        [](const std::int64_t* v) { return fmt::format("{}", *v); },
                        [](const std::uint64_t* v) { return fmt::format("{}", *v); },
                        [](const double* v) { return number_text(*v); },
                        [&](const std::string* v) { return yaml ? quoted_yaml(*v) : *v; },
                        [](const std::vector<std::string>* v) { return list_yaml(*v); },
                        [](const std::map<std::string, double>* v) { return map_yaml(*v); },
                        [&](const std::optional<bool>* v) { return *v ? std::string(**v ? "true" : "false") : absent; },
                        [&](const std::optional<std::int64_t>* v) { return *v ? fmt::format("{}", **v) : absent; },
                        [&](const std::optional<double>* v) { return *v ? number_text(**v) : absent; },
                        [](const Choice& v) { return std::string(v.names[static_cast<std::size_t>(v.get(v.member))]); },
                    },
                    value);
}

std::string rule_text(TextRule rule) {
  switch (rule) {
    case TextRule::any:
      return "text";
    case TextRule::not_empty:
      return "text that is not empty";
    case TextRule::folder_name:
      return "a name of letters, digits, '.', '_' and '-' that begins with a letter or digit";
    case TextRule::device:
      return "auto, cpu, cuda or cuda:N";
    case TextRule::column:
      return "the name or 0-based position of a column";
    case TextRule::time:
      return "a time such as 2011-12-01, 2011-12-01T08:26:00Z or 1322728000";
    case TextRule::metric:
      return "a metric such as recall@20";
    case TextRule::input_file:
      return "a file";
    case TextRule::input_paths:
      return "a file, folder or glob";
    case TextRule::prometheus_file:
      return "a file whose name ends in .prom";
  }
  return "text";
}

}  // namespace

std::string number_text(double value) { return fmt::format("{}", value); }

std::string quoted_yaml(std::string_view text) {
  if (is_plain_word(text)) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02X}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string field_text(const Field& field) { return value_text(field.value, false); }
std::string field_yaml(const Field& field) { return value_text(field.value, true); }

std::string range_text(const Key& key) {
  const bool low = std::isfinite(key.min);
  const bool high = std::isfinite(key.max);
  const char* above = key.above_min ? ">" : ">=";
  const char* below = key.below_max ? "<" : "<=";
  const auto bound = [](double value) {
    return std::abs(value) < 1e15 && value == std::floor(value) ? fmt::format("{:.0f}", value) : number_text(value);
  };
  if (low && high) return fmt::format("{} {} and {} {}", above, bound(key.min), below, bound(key.max));
  if (low) return fmt::format("{} {}", above, bound(key.min));
  if (high) return fmt::format("{} {}", below, bound(key.max));
  return "";
}

std::string type_text(const Field& field) {
  return std::visit(Overloaded{
                        [](const bool*) { return std::string("true or false"); },
                        [](const std::int64_t*) { return std::string("whole number"); },
                        [](const std::uint64_t*) { return std::string("whole number"); },
                        [](const double*) { return std::string("number"); },
                        [](const std::string*) { return std::string("text"); },
                        [&](const std::vector<std::string>*) {
                          return std::string(field.key.one_or_many ? "text or list of text" : "list of text");
                        },
                        [](const std::map<std::string, double>*) { return std::string("map of numbers"); },
                        [](const std::optional<bool>*) { return std::string("true, false or null"); },
                        [](const std::optional<std::int64_t>*) { return std::string("whole number or null"); },
                        [](const std::optional<double>*) { return std::string("number or null"); },
                        [](const Choice&) { return std::string("choice"); },
                    },
                    field.value);
}

std::string expected_text(const Field& field) {
  if (const Choice* choice = std::get_if<Choice>(&field.value)) return "one of " + words(choice->names);
  if (std::holds_alternative<bool*>(field.value) || std::holds_alternative<std::optional<bool>*>(field.value)) {
    return "true or false";
  }
  if (std::holds_alternative<std::string*>(field.value)) return rule_text(field.key.rule);
  if (std::holds_alternative<std::vector<std::string>*>(field.value)) {
    return (field.key.one_or_many ? rule_text(field.key.rule) + ", or " : "") +
           fmt::format("a list, each {}", rule_text(field.key.rule));
  }
  const std::string range = range_text(field.key);
  if (std::holds_alternative<std::map<std::string, double>*>(field.value)) {
    return "a map of names and numbers " + range;
  }
  const std::string number = whole_numbers(field.value) ? "a whole number" : "a number";
  return range.empty() ? number : number + " " + range;
}

std::string condition_text(const Condition& condition) {
  if (condition.values.empty()) return condition.key;
  return condition.key + ": " + join(condition.values, " or ");
}

std::string conditions_text(const Field& field) {
  std::vector<std::string> texts;
  for (const Condition& condition : field.key.when) texts.push_back(condition_text(condition));
  return join(texts, ", ");
}

}  // namespace kindred
