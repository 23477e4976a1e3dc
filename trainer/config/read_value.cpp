// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/read_value.h"

#include "trainer/config/environment.h"
#include "trainer/config/field_text.h"
#include "trainer/config/metric_name.h"
#include "trainer/config/suggestion.h"
#include "trainer/config/timestamp.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kindred {

namespace {

// Why a value cannot be taken; ends the reading of this one value.
struct Wrong {
  Place place;
  std::string message;
};

// Numbers come from no variable: what trains must stand in the file.
std::string number_hint(const std::string& text) {
  return text.find("${") == std::string::npos ? "" : "; ${...} expands in text only";
}

class ValueReader {
 public:
  explicit ValueReader(const Field& field) : field_(field), key_(field.key) {}

  void read(bool& member, const YamlNode& node) const {
    const std::string& text = scalar(node);
    if (node.quoted || (text != "true" && text != "false")) {
      static const std::vector<std::string> kTrue = {"yes", "on", "True", "TRUE", "Yes", "1"};
      static const std::vector<std::string> kFalse = {"no", "off", "False", "FALSE", "No", "0"};
      const bool yes = std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end();
      const bool no = std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end();
      wrong(node, yes ? "; did you mean 'true'?" : no ? "; did you mean 'false'?" : "");
    }
    member = text == "true";
  }

  void read(double& member, const YamlNode& node) const {
    const std::string& text = scalar(node);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = end == text.data() + text.size();
    if (node.quoted || error == std::errc::invalid_argument || !whole) wrong(node, number_hint(text));
    if (error == std::errc::result_out_of_range || !std::isfinite(value)) {
      throw Wrong{node.place, fmt::format("{} is not a finite double-precision number; expected {}", describe(node),
                                          expected_text(field_))};
    }
    check_range(value, node);
    member = value;
  }

  template <typename Integer>
  requires(std::is_same_v<Integer, std::int64_t> ||
           std::is_same_v<Integer, std::uint64_t>) void read(Integer& member, const YamlNode& node) const {
    const std::string& text = scalar(node);
    Integer value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
    const bool only_digits =
        !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (node.quoted || !only_digits) wrong(node, number_hint(text));
    if (digits.size() > 1 && digits.front() == '0') wrong(node, " without leading zeros");
    if (error != std::errc() || end != text.data() + text.size()) {
      throw Wrong{node.place, fmt::format("{} is out of range; expected {}", text, expected_text(field_))};
    }
    check_range(static_cast<double>(value), node);
    member = value;
  }

  void read(std::string& member, const YamlNode& node) const {
    const std::string& written = scalar(node);
    if (!node.quoted && (written == "true" || written == "false")) wrong(node, "; quote it if it is text");
    std::string text;
    try {
      text = expand_environment(written);
    } catch (const Error& error) {
      throw Wrong{node.place, error.what()};
    }
    if (text.find('\0') != std::string::npos || text.find('\n') != std::string::npos) {
      throw Wrong{node.place,
                  fmt::format("{} holds a line break or NUL; expected {}", describe(node), expected_text(field_))};
    }
    check_text(text, node);
    member = std::move(text);
  }

  void read(std::vector<std::string>& member, const YamlNode& node) const {
    std::vector<std::string> values;
    if (node.kind == YamlNode::Kind::scalar && key_.one_or_many) {
      read(values.emplace_back(), node);
    } else {
      if (node.kind != YamlNode::Kind::list) wrong(node, "");
      for (const YamlNode& item : node.items) read(values.emplace_back(), item);
    }
    member = std::move(values);
  }

  void read(std::map<std::string, double>& member, const YamlNode& node) const {
    if (node.kind != YamlNode::Kind::map) wrong(node, "");
    std::map<std::string, double> values;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::string& name = node.keys[i].text;
      if (name.empty() || name.find('\0') != std::string::npos || name.find('\n') != std::string::npos) {
        throw Wrong{node.keys[i].place, "a name is empty or not one line of text; expected " + expected_text(field_)};
      }
      read(values[name], node.items[i]);
    }
    member = std::move(values);
  }

  template <typename T>
  void read(std::optional<T>& member, const YamlNode& node) const {
    if (node.kind == YamlNode::Kind::null) {
      member.reset();
      return;
    }
    T value{};
    read(value, node);
    member = value;
  }

  void read_choice(const Choice& choice, const YamlNode& node) const {
    const std::string& text = scalar(node);
    const auto it = std::find(choice.names.begin(), choice.names.end(), text);
    if (it == choice.names.end()) {
      wrong(node, did_you_mean(text, std::vector<std::string>(choice.names.begin(), choice.names.end())));
    }
    choice.set(choice.member, static_cast<int>(it - choice.names.begin()));
  }

 private:
  [[noreturn]] void wrong(const YamlNode& node, const std::string& hint) const {
    throw Wrong{node.place, fmt::format("is {}; expected {}{}", describe(node), expected_text(field_), hint)};
  }

  [[noreturn]] void wrong_item(const YamlNode& node, const std::string& text) const {
    throw Wrong{node.place, fmt::format("is {}; expected one of {}{}", describe(node), join(key_.choices, ", "),
                                        did_you_mean(text, key_.choices))};
  }

  const std::string& scalar(const YamlNode& node) const {
    if (node.kind != YamlNode::Kind::scalar) wrong(node, "");
    return node.text;
  }

  void check_range(double value, const YamlNode& node) const {
    const bool low = key_.above_min ? value > key_.min : value >= key_.min;
    const bool high = key_.below_max ? value < key_.max : value <= key_.max;
    if (!low || !high) {
      throw Wrong{node.place, fmt::format("{} is out of range; expected {}", shown(node.text), expected_text(field_))};
    }
  }

  void check_text(const std::string& text, const YamlNode& node) const {
    const auto in = [](char c, std::string_view more) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             more.find(c) != std::string_view::npos;
    };
    if (!key_.choices.empty() && std::find(key_.choices.begin(), key_.choices.end(), text) == key_.choices.end()) {
      wrong_item(node, text);
    }
    switch (key_.rule) {
      case TextRule::any:
      case TextRule::column:
      case TextRule::input_file:
        return;
      case TextRule::not_empty:
      case TextRule::input_paths:
        if (text.empty()) wrong(node, "");
        return;
      case TextRule::prometheus_file:
        // node_exporter reads no other names.
        if (!text.empty() && !text.ends_with(".prom")) wrong(node, "");
        return;
      case TextRule::folder_name: {
        const bool good = !text.empty() && text.size() <= 200 && in(text.front(), "") &&
                          std::all_of(text.begin(), text.end(), [&](char c) { return in(c, "._-"); });
        if (!good) wrong(node, "");
        return;
      }
      case TextRule::device: {
        const std::string number = text.starts_with("cuda:") ? text.substr(5) : "";
        const bool numbered = !number.empty() && number.size() <= 4 &&
                              std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (text != "auto" && text != "cpu" && text != "cuda" && !numbered) {
          wrong(node, did_you_mean(text, std::vector<std::string>{"auto", "cpu", "cuda"}));
        }
        return;
      }
      case TextRule::time:
        if (!text.empty() && !timestamp_ms(text, TimestampUnit::automatic)) wrong(node, "");
        return;
      case TextRule::metric: {
        // An empty list item is no metric; an empty single metric switches off.
        if (text.empty() && std::holds_alternative<std::string*>(field_.value)) return;
        const std::string problem = check_metric_name(text);
        if (!problem.empty()) throw Wrong{node.place, problem};
        return;
      }
    }
  }

  const Field& field_;
  const Key& key_;
};

}  // namespace

void read_value(const Field& field, const Setting& setting, Problems& problems) {
  const ValueReader reader(field);
  try {
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Choice>) {
            reader.read_choice(value, setting.value);
          } else {
            reader.read(*value, setting.value);
          }
        },
        field.value);
  } catch (const Wrong& wrong) {
    problems.add(wrong.place, field.path, wrong.message);
  }
}

}  // namespace kindred
