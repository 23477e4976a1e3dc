// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/checkpoint_manifest.h"

#include "kernels/core/check.h"
#include "trainer/data/file_reading.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace kindred {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kLargestManifest = std::size_t{256} << 20;
constexpr std::string_view kStepPrefix = "step-";

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::string checksum(Json manifest) {
  manifest.erase("checksum");
  const std::string text = manifest.dump();
  return hex(XXH3_64bits(text.data(), text.size()));
}

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> optional_number(const Json& json, const char* key) {
  const Json& value = json.at(key);
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

// Steps of a folder's name; nothing for other names.
std::optional<std::int64_t> steps_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kStepPrefix)) return std::nullopt;
  std::int64_t steps = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kStepPrefix.size(), end, steps);
  return parsed.ec == std::errc() && parsed.ptr == end && steps >= 0 ? std::optional(steps) : std::nullopt;
}

}  // namespace

std::vector<std::string> chunk_checksums(std::span<const std::byte> bytes) {
  std::vector<std::string> checksums;
  for (std::size_t offset = 0; offset < bytes.size(); offset += kChunkBytes) {
    const auto chunk = bytes.subspan(offset, std::min<std::size_t>(kChunkBytes, bytes.size() - offset));
    checksums.push_back(hex(XXH3_64bits(chunk.data(), chunk.size())));
  }
  return checksums;
}

std::string manifest_text(Json manifest) {
  manifest["checksum"] = checksum(manifest);
  return manifest.dump(2) + "\n";
}

Json read_checkpoint_manifest(const fs::path& file) {
  const std::string text = read_text(file, kLargestManifest);
  Json manifest = Json::parse(text, nullptr, false);
  if (manifest.is_discarded() || !manifest.is_object()) fail(ErrorKind::data, "{}: is not JSON", file.string());
  const auto version = manifest.find("format_version");
  const bool versioned = version != manifest.end() && version->is_number_integer();
  const auto sum = manifest.find("checksum");
  const bool intact = sum != manifest.end() && *sum == checksum(manifest) && manifest.dump(2) + "\n" == text;
  if (!intact) fail(ErrorKind::data, "{}: does not match its own checksum", file.string());
  if (!versioned || *version != kCheckpointVersion) {
    fail(ErrorKind::data, "{}: has format version {}, this binary reads {}", file.string(),
         versioned ? version->dump() : "none", kCheckpointVersion);
  }
  return manifest;
}

Json state_to_json(const TrainingState& state) {
  return {{"epochs", state.epochs},
          {"trained", state.trained},
          {"stopped_early", state.stopped_early},
          {"first_objective", optional_json(state.first_objective)},
          {"objective", optional_json(state.objective)},
          {"resumes", state.resumes},
          {"train_s", state.train_s},
          {"validation_s", state.validation_s},
          {"alignment", state.alignment ? Json(Json::array_t{state.alignment->error_before, state.alignment->error})
                                        : Json(nullptr)},
          {"validation", optional_json(state.validation)},
          {"best_value", optional_json(state.early_stopping.best_value)},
          {"best_epochs", state.early_stopping.best_epochs},
          {"without_improvement", state.early_stopping.without_improvement}};
}

TrainingState state_from_json(const Json& json) {
  TrainingState state;
  state.epochs = json.at("epochs").get<std::int64_t>();
  state.trained = json.at("trained").get<bool>();
  state.stopped_early = json.at("stopped_early").get<bool>();
  state.first_objective = optional_number(json, "first_objective");
  state.objective = optional_number(json, "objective");
  state.resumes = json.at("resumes").get<std::int64_t>();
  state.train_s = json.at("train_s").get<double>();
  state.validation_s = json.at("validation_s").get<double>();
  if (const Json& alignment = json.at("alignment"); !alignment.is_null()) {
    state.alignment = Alignment{.error_before = alignment.at(0).get<double>(), .error = alignment.at(1).get<double>()};
  }
  state.validation = optional_number(json, "validation");
  state.early_stopping.best_value = optional_number(json, "best_value");
  state.early_stopping.best_epochs = json.at("best_epochs").get<std::int64_t>();
  state.early_stopping.without_improvement = json.at("without_improvement").get<std::int64_t>();
  return state;
}

std::string checkpoint_name(const TrainingState& state) {
  return state.trained ? std::string(kTrainedName) : fmt::format("{}{:06}", kStepPrefix, state.epochs);
}

std::vector<fs::path> committed_checkpoints(const fs::path& checkpoints) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints, error)) {
    if (const auto steps = steps_of(entry.path())) found.emplace_back(*steps, entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> folders;
  if (fs::exists(checkpoints / kTrainedName, error)) folders.push_back(checkpoints / kTrainedName);
  for (auto& [steps, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

}  // namespace kindred
