// SPDX-License-Identifier: Apache-2.0
// Checkpoints (docs/checkpoints.md): checkpoints/step-000016/ holds a training after 16 epochs, checkpoints/final/ the
// trained model; each one raw little-endian array a parameter, and MANIFEST.json with shapes, sizes, XXH3 checksums of
// 4 MiB chunks, the state of the training, the hashes of configuration and data, and its own checksum.
// Commit protocol: everything is written and synced in a temporary folder, which is then renamed; only then older ones
// go. A checkpoint is used only when all of it verifies: any bit that flips is found.
#pragma once

#include "trainer/models/model.h"
#include "trainer/train/training_state.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kindred {

struct CheckpointIdentity {
  std::string model;             // "als"
  std::string config_hash;       // of the resolved configuration
  std::string data_fingerprint;  // of the prepared dataset
};

using Warn = std::function<void(std::string_view)>;

// `ctx`: the model's. Saves model and state as checkpoints/final when it is trained, else as checkpoints/step-<epochs>;
// one of that name, which was damaged, is replaced. Throws Error(device) when the disk refuses; what was there stays.
std::filesystem::path save_checkpoint(const Context& ctx, const std::filesystem::path& checkpoints, Model& model,
                                      const TrainingState& state, const CheckpointIdentity& identity);

// Restores the newest checkpoint that verifies completely, the trained model first; damaged ones are named through
// `warn`. Nothing when there is none: `model` may hold anything then. Throws Error(data) when the newest belongs to
// another model or other data.
std::optional<TrainingState> load_newest_checkpoint(const Context& ctx, const std::filesystem::path& checkpoints,
                                                    Model& model, const CheckpointIdentity& identity, const Warn& warn);

// Restores checkpoints/final. Throws Error(data) when it is missing or damaged, or belongs to another model or other
// data: an older checkpoint is not what the run's result was measured on.
TrainingState load_trained_model(const Context& ctx, const std::filesystem::path& checkpoints, Model& model,
                                 const CheckpointIdentity& identity);

// Removes the checkpoints that are neither among the `keep_last` newest nor among the `keep_best` with the best value
// of the watched validation metric.
void remove_old_checkpoints(const std::filesystem::path& checkpoints, std::int64_t keep_last, std::int64_t keep_best);

}  // namespace kindred
