// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: one JSON object a line, {"event": "epoch" | "evaluation" | "checkpoint" | ..., ...}, in the file at
// each line, so that a reader sees a run as it goes.
#pragma once

#include "trainer/data/synced_file.h"
#include "trainer/train/run_observer.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace kindred {

class MetricsLog {
 public:
  // The file begins with `so_far`: what was logged up to the checkpoint from which a run goes on; the rest of an older
  // file goes. Throws Error(device) when it cannot be written.
  explicit MetricsLog(const std::filesystem::path& file, std::string so_far = {});
  // `observers` see what is written from now on; they must outlive the log.
  void follow(RunObservers& observers) { observers_ = &observers; }
  void write(std::string_view event, const nlohmann::ordered_json& fields);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::unique_ptr<SyncedFile> file_;
  RunObservers* observers_ = nullptr;
};

}  // namespace kindred
