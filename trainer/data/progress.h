// SPDX-License-Identifier: Apache-2.0
// How long work tells how far it is. The library reports; tools/terminal_progress.h draws (a line with rate and time
// left on a terminal, one plain line every few seconds elsewhere). Safe to call from several threads.
#pragma once

#include <cstdint>
#include <string_view>

namespace kindred {

class Progress {
 public:
  virtual ~Progress() = default;
  // A new stage begins: "reading events", in `unit`s ("rows"), `total` of them (0: not known yet).
  virtual void begin(std::string_view stage, std::int64_t total, std::string_view unit) = 0;
  // `done` units of the stage are behind us; `note` is shown beside ("objective 0.123").
  virtual void update(std::int64_t done, std::string_view note = {}) = 0;
  // The stage is over.
  virtual void end(std::string_view note = {}) = 0;
  // A line that stays: what was chosen, what a person should know.
  virtual void say(std::string_view line) = 0;
};

// Says nothing; for tests and --quiet.
class NoProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void update(std::int64_t, std::string_view) override {}
  void end(std::string_view) override {}
  void say(std::string_view) override {}
};

}  // namespace kindred
