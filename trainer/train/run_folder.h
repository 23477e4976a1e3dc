// SPDX-License-Identifier: Apache-2.0
// The folder of one run: <output>/<name>/<UTC time>-<short hash>/ (docs/architecture.md lists its files).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// What RunFolder::status() says beside the statuses of a result.json: the run is under way, or was cut off.
inline constexpr std::string_view kUnfinished = "unfinished";
inline constexpr std::string_view kCompleted = "completed";

class RunFolder {
 public:
  // Makes a new folder. `config_hash` tells runs of the same second apart; a folder that exists gets "-2", "-3" ...
  static RunFolder create(const std::filesystem::path& output, std::string_view name, std::uint64_t config_hash);
  // An existing run: a run folder, or a run's name below `output` (its newest run that has a trained model, else its
  // newest). Throws Error(usage) with the names that exist.
  static RunFolder find(std::string_view folder_or_name, const std::filesystem::path& output);
  // The runs of a name, newest first.
  static std::vector<RunFolder> all(const std::filesystem::path& output, std::string_view name);

  // "status" of result.json: completed, failed, diverged; or kUnfinished.
  std::string status() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.yaml"; }
  std::filesystem::path environment() const { return path_ / "environment.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path result() const { return path_ / "result.json"; }
  std::filesystem::path log() const { return path_ / "log.txt"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path exported() const { return path_ / "export"; }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace kindred
