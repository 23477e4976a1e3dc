// SPDX-License-Identifier: Apache-2.0
// Everything that is wrong with a configuration, collected so that it is told at once: one line a problem,
// "file:line:column: key: what is wrong; what is expected; did you mean ...".
#pragma once

#include "kernels/core/check.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// Where a value was written. line 0: the whole of `file`, which may also be "--set 2".
struct Place {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1

  std::string text() const;    // "a.yaml:3:7"
  std::string origin() const;  // "a.yaml:3"
};

struct Problem {
  Place place;
  std::string key;  // "model.factors"; empty: the file as a whole
  std::string message;

  std::string text() const;
};

class ConfigError : public Error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

class Problems {
 public:
  void add(const Place& place, std::string_view key, std::string message);
  // A key that was misspelt, or a section (empty: all) that could not be read: do not complain that it is missing.
  void suspect(std::string_view path) { suspects_.insert(std::string(path)); }
  // Is the value of this key, or of the section around it, not to be trusted?
  bool is_suspect(std::string_view path) const;
  bool any() const { return !problems_.empty(); }
  bool many() const { return problems_.size() >= kShown; }
  void throw_if_any() const;

  static constexpr std::size_t kShown = 100;  // lines of a message; the rest is counted

 private:
  std::vector<Problem> problems_;
  std::set<std::string, std::less<>> suspects_;
};

}  // namespace kindred
