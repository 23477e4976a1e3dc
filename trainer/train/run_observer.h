// SPDX-License-Identifier: Apache-2.0
// What follows a run beside its own metrics.jsonl: TensorBoard, Prometheus. An observer sees every event that the log
// takes, right after it. One that fails at its making is an error; one that fails later is dropped with a line to
// `warn`, and the run goes on.
#pragma once

#include "trainer/config/config.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace kindred {

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // `fields`: of the event's line in metrics.jsonl.
  virtual void observe(std::string_view event, const nlohmann::ordered_json& fields) = 0;
};

class RunObservers {
 public:
  // Those that config.logging asks for. Throws Error(device) when a file of theirs cannot be written.
  RunObservers(const Config& config, const std::filesystem::path& run_folder,
               std::function<void(std::string_view)> warn);
  void observe(std::string_view event, const nlohmann::ordered_json& fields);

 private:
  std::function<void(std::string_view)> warn_;
  std::vector<std::unique_ptr<RunObserver>> observers_;
};

}  // namespace kindred
