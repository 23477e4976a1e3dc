// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kindred {

namespace {

std::string joined(const std::vector<Problem>& problems) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < Problems::kShown; ++i) {
    if (i > 0) text += "\n";
    text += problems[i].text();
  }
  if (problems.size() > Problems::kShown) {
    text += fmt::format("\nand {} more", problems.size() - Problems::kShown);
  }
  return text;
}

}  // namespace

std::string Place::text() const { return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column); }

std::string Place::origin() const { return line == 0 ? file : fmt::format("{}:{}", file, line); }

std::string Problem::text() const {
  return key.empty() ? fmt::format("{}: {}", place.text(), message)
                     : fmt::format("{}: {}: {}", place.text(), key, message);
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : Error(ErrorKind::usage, joined(problems)), problems_(std::move(problems)) {}

void Problems::add(const Place& place, std::string_view key, std::string message) {
  problems_.push_back({place, std::string(key), std::move(message)});
  if (!key.empty()) suspect(key);
}

bool Problems::is_suspect(std::string_view path) const {
  if (suspects_.contains("")) return true;
  for (std::size_t end = path.size(); end != std::string_view::npos; end = path.substr(0, end).rfind('.')) {
    if (suspects_.find(path.substr(0, end)) != suspects_.end()) return true;
  }
  return false;
}

void Problems::throw_if_any() const {
  if (!any()) return;
  // In reading order: files as they first appear, lines and columns inside.
  std::vector<std::string> files;
  for (const Problem& problem : problems_) {
    if (std::find(files.begin(), files.end(), problem.place.file) == files.end()) files.push_back(problem.place.file);
  }
  const auto rank = [&](const Problem& problem) {
    return std::tuple(std::find(files.begin(), files.end(), problem.place.file), problem.place.line,
                      problem.place.column);
  };
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Problem& a, const Problem& b) { return rank(a) < rank(b); });
  throw ConfigError(std::move(sorted));
}

}  // namespace kindred
