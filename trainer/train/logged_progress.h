// SPDX-License-Identifier: Apache-2.0
// Passes progress on, and keeps what stays (said lines, ends of stages with their time) in the run's log.txt.
#pragma once

#include "trainer/data/progress.h"
#include "trainer/train/stopwatch.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace kindred {

class LoggedProgress final : public Progress {
 public:
  LoggedProgress(Progress& inner, const std::filesystem::path& file);
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override;
  void update(std::int64_t done, std::string_view note) override;
  void end(std::string_view note) override;
  void say(std::string_view line) override;

 private:
  void log(std::string_view line);

  Progress& inner_;
  std::ofstream file_;
  std::string stage_;
  Stopwatch watch_;
};

}  // namespace kindred
