// SPDX-License-Identifier: Apache-2.0
// Progress for people, on stderr: one line redrawn with bar, rate and time left on a terminal; elsewhere one plain line
// every few seconds. Results go to stdout, so that they can be piped.
#pragma once

#include "trainer/data/progress.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace kindred {

class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(bool quiet);
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override;
  void update(std::int64_t done, std::string_view note = {}) override;
  void end(std::string_view note = {}) override;
  void say(std::string_view line) override;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool last);
  void print_line(const std::string& text, bool stays);

  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  std::string stage_;
  std::string unit_;
  std::string note_;
  std::int64_t total_ = 0;
  std::int64_t done_ = 0;
  bool line_open_ = false;  // a line is drawn that the next one replaces
  Clock::time_point started_;
  Clock::time_point last_drawn_;
};

// "1.2M", "34.5k", "678".
std::string short_count(double count);
// "4.2 s", "3 min 05 s", "1 h 02 min".
std::string short_duration(double seconds);

}  // namespace kindred
