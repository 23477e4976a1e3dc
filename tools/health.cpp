// SPDX-License-Identifier: Apache-2.0
// Findings as a table for people and as JSON.
#include "tools/health.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace kindred {

namespace {

constexpr std::array<const char*, 4> kMarks = {" ", " ", "!", "X"};
constexpr std::array<const char*, 4> kNames = {"ok", "note", "warning", "problem"};
constexpr std::size_t kNameWidth = 24;
constexpr std::size_t kLineWidth = 110;

// Cut at blanks; every line begins at `indent`.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string lines;
  std::size_t column = kLineWidth;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (column + word.size() + 1 > kLineWidth) {
      lines += (lines.empty() ? "" : "\n") + std::string(indent, ' ') + word;
      column = indent + word.size();
    } else {
      lines += " " + word;
      column += word.size() + 1;
    }
    at = end + 1;
  }
  return lines + "\n";
}

}  // namespace

int count_of(const Findings& findings, Health health) {
  return static_cast<int>(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.health == health; }));
}

std::string health_table(const Findings& findings) {
  std::string table;
  std::string group;
  for (const Finding& finding : findings) {
    if (finding.group != group) table += (table.empty() ? "" : "\n") + finding.group + "\n";
    group = finding.group;
    std::string value = wrapped(finding.value, kNameWidth + 3);
    value.erase(0, std::min(value.size(), kNameWidth + 3));
    table += fmt::format("{} {:<{}} {}", kMarks[static_cast<std::size_t>(finding.health)], finding.name, kNameWidth,
                         value.empty() ? "\n" : value);
    if (!finding.advice.empty()) table += wrapped(finding.advice, kNameWidth + 3);
  }
  return table;
}

nlohmann::ordered_json health_json(const Findings& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json entry = {{"group", finding.group},
                                    {"name", finding.name},
                                    {"value", finding.value},
                                    {"health", kNames[static_cast<std::size_t>(finding.health)]}};
    if (!finding.advice.empty()) entry["advice"] = finding.advice;
    list.push_back(std::move(entry));
  }
  return {{"healthy", count_of(findings, Health::problem) == 0},
          {"problems", count_of(findings, Health::problem)},
          {"warnings", count_of(findings, Health::warning)},
          {"findings", std::move(list)}};
}

}  // namespace kindred
