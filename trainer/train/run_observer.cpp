// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_observer.h"

#include "kernels/core/check.h"
#include "trainer/train/prometheus_file.h"
#include "trainer/train/tensorboard_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred {

RunObservers::RunObservers(const Config& config, const std::filesystem::path& run_folder,
                           std::function<void(std::string_view)> warn)
    : warn_(std::move(warn)) {
  if (config.logging.tensorboard) observers_.push_back(std::make_unique<TensorBoardLog>(run_folder / "tensorboard"));
  if (!config.logging.prometheus.empty()) {
    observers_.push_back(std::make_unique<PrometheusFile>(config.logging.prometheus, config.run.name, run_folder));
  }
}

void RunObservers::observe(std::string_view event, const nlohmann::ordered_json& fields) {
  std::erase_if(observers_, [&](const std::unique_ptr<RunObserver>& observer) {
    try {
      observer->observe(event, fields);
      return false;
    } catch (const Error& error) {
      warn_(fmt::format("{}; the run goes on without it", error.what()));
      return true;
    }
  });
}

}  // namespace kindred
