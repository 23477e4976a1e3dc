// SPDX-License-Identifier: Apache-2.0
// A run as TensorBoard shows it: scalars by epoch under train/, validation/, test/ and seconds/, in an event file of
// this process below the given folder (`tensorboard --logdir runs`).
#pragma once

#include "trainer/train/event_file.h"
#include "trainer/train/run_observer.h"

#include <filesystem>

namespace kindred {

class TensorBoardLog final : public RunObserver {
 public:
  explicit TensorBoardLog(const std::filesystem::path& folder);
  void observe(std::string_view event, const nlohmann::ordered_json& fields) override;

 private:
  EventFile file_;
  double elapsed_s_ = 0.0;
};

}  // namespace kindred
