// SPDX-License-Identifier: Apache-2.0
// Checkpoints: checkpoints/step-000016/ holds one raw little-endian array a parameter and MANIFEST.json with shapes,
// sizes, XXH3 checksums of 4 MiB chunks, the hashes of configuration and data, and its own checksum.
// Commit protocol (docs/file_formats.md): everything is written and synced in a temporary folder, which is then
// renamed. A checkpoint is used only when all of it verifies.
#pragma once

#include "trainer/models/model.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace kindred {

struct CheckpointIdentity {
  std::string model;             // "als"
  std::string config_hash;       // of the resolved configuration
  std::string data_fingerprint;  // of the prepared dataset
};

// `ctx`: the model's. Saves the model's parameters as checkpoints/step-<step>. Throws Error(device) when the disk
// refuses.
std::filesystem::path save_checkpoint(const Context& ctx, const std::filesystem::path& checkpoints, std::int64_t step,
                                      Model& model, const CheckpointIdentity& identity);

// Restores the newest checkpoint that verifies completely into `model` and returns its step; damaged ones are named
// through `warn`. Throws Error(data) when there is none, or when it belongs to another model or other data.
std::int64_t load_newest_checkpoint(const Context& ctx, const std::filesystem::path& checkpoints, Model& model,
                                    const CheckpointIdentity& identity,
                                    const std::function<void(std::string_view)>& warn);

}  // namespace kindred
