// SPDX-License-Identifier: Apache-2.0
// MANIFEST.json of a checkpoint: canonical JSON (reading it and writing it again gives the same bytes) with a checksum
// of itself, so that no byte of it can change unnoticed.
#pragma once

#include "trainer/train/training_state.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

inline constexpr int kCheckpointVersion = 2;
inline constexpr std::int64_t kChunkBytes = std::int64_t{4} << 20;
inline constexpr const char* kCheckpointManifest = "MANIFEST.json";
inline constexpr const char* kTrainedName = "final";

// XXH3 of each chunk, in hexadecimal digits.
std::vector<std::string> chunk_checksums(std::span<const std::byte> bytes);

std::string manifest_text(nlohmann::ordered_json manifest);
// Throws Error(data) naming the file when it is missing, damaged or of another version.
nlohmann::ordered_json read_checkpoint_manifest(const std::filesystem::path& file);

// The numbers of a state; its arrays and texts are files of their own.
nlohmann::ordered_json state_to_json(const TrainingState& state);
TrainingState state_from_json(const nlohmann::ordered_json& json);

// "step-000016" or "final".
std::string checkpoint_name(const TrainingState& state);
// Committed checkpoints: the trained model, then by steps, newest first.
std::vector<std::filesystem::path> committed_checkpoints(const std::filesystem::path& checkpoints);

}  // namespace kindred
