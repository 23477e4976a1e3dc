// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: one JSON object a line, {"event": "epoch" | "evaluation" | "checkpoint" | ..., ...}, flushed at each
// line, so that a reader sees a run as it goes.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace kindred {

class MetricsLog {
 public:
  // Appends to the file. Throws Error(device) when it cannot be written.
  explicit MetricsLog(const std::filesystem::path& file);
  void write(std::string_view event, nlohmann::ordered_json fields);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace kindred
