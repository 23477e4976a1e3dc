// SPDX-License-Identifier: Apache-2.0
// A finished run, opened again: its configuration, its prepared data and the trained model.
#pragma once

#include "kernels/core/context.h"
#include "trainer/config/config.h"
#include "trainer/data/dataset.h"
#include "trainer/models/model.h"
#include "trainer/train/run_folder.h"

#include <memory>
#include <string_view>

namespace kindred {

struct TrainedRun {
  RunFolder folder;
  Config config;
  std::shared_ptr<const Dataset> data;
  Context ctx;
  std::unique_ptr<Model> model;
  std::int64_t step = 0;  // epochs behind the model
};

// Opens `run` (a folder, or a name below `output`). Error(usage) when there is no such run, Error(data) when its data
// or its trained model cannot be used: an older checkpoint would not be what its result was measured on.
TrainedRun open_run(std::string_view run, const std::filesystem::path& output);
// On a context of the caller's instead of the device that the run's configuration asks for.
TrainedRun open_run_on(Context ctx, const RunFolder& folder);

}  // namespace kindred
