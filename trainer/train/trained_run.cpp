// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/trained_run.h"

#include "kernels/core/check.h"
#include "trainer/train/checkpoint.h"
#include "trainer/train/run_choice.h"
#include "trainer/train/run_device.h"

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

namespace {

std::filesystem::path prepared_folder(const RunFolder& folder) {
  const std::string status = folder.status();
  if (status != kCompleted) {
    fail(ErrorKind::data, "{}: the run is {}, there is no trained model; run `kindred train` again",
         folder.path().string(), status);
  }
  std::ifstream stream(folder.result());
  const auto result = nlohmann::json::parse(stream, nullptr, false);
  if (result.is_discarded() || !result.contains("data") || !result["data"].contains("prepared")) {
    fail(ErrorKind::data, "{}: names no prepared dataset (data.prepared)", folder.result().string());
  }
  const std::filesystem::path prepared = result["data"]["prepared"].get<std::string>();
  if (!std::filesystem::exists(prepared)) {
    fail(ErrorKind::data, "{}: the prepared dataset of this run is gone; `kindred prepare {}` makes it again",
         prepared.string(), folder.config().string());
  }
  return prepared;
}

}  // namespace

TrainedRun open_run(std::string_view run, const std::filesystem::path& output) {
  const RunFolder folder = RunFolder::find(run, output);
  return open_run_on(choose_device(config_of(folder)).ctx, folder);
}

TrainedRun open_run_on(Context ctx, const RunFolder& folder) {
  const Config config = config_of(folder);
  const auto data = Dataset::open(prepared_folder(folder));
  auto model = make_model(ctx, config.model, data);
  const CheckpointIdentity identity{
      .model = std::string(model->type()), .config_hash = {}, .data_fingerprint = data->fingerprint()};
  const std::int64_t step = load_trained_model(ctx, folder.checkpoints(), *model, identity).epochs;
  return {folder, config, data, std::move(ctx), std::move(model), step};
}

}  // namespace kindred
