// SPDX-License-Identifier: Apache-2.0
// The state of a run for node_exporter's textfile collector: gauges in Prometheus' text format, replaced whole, at most
// once a second while training.
//     kindred_run_info{run, model, device, folder} 1     kindred_run_status{run, status} 1
//     kindred_run_epochs, _objective, _train_seconds, _duration_seconds, _last_event_timestamp_seconds {run}
//     kindred_run_metric{run, part, metric}
// A run that was killed keeps its last state: alert on status "running" with an old last_event.
#pragma once

#include "trainer/train/run_observer.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

namespace kindred {

class PrometheusFile final : public RunObserver {
 public:
  // Writes the file at once, so that one that cannot be written is told before training.
  PrometheusFile(std::filesystem::path file, std::string run, const std::filesystem::path& run_folder);
  void observe(std::string_view event, const nlohmann::ordered_json& fields) override;

  std::string text() const;

 private:
  void write();

  std::filesystem::path file_;
  std::string run_;
  std::map<std::string, std::string> info_;  // labels
  std::string status_ = "running";
  std::map<std::string, double> gauges_;                           // kindred_run_<name>
  std::map<std::pair<std::string, std::string>, double> metrics_;  // by part and metric
  std::chrono::steady_clock::time_point written_;
};

}  // namespace kindred
