// SPDX-License-Identifier: Apache-2.0
// The runs below a folder, <folder>/<name>/<UTC time>-<hash>/, newest first, with status and headline metric.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kindred {

struct ListedRun {
  std::filesystem::path folder;
  std::string name;
  std::string started;  // "2026-11-27 06:58:14 UTC"; "" where the folder's name has no time
  std::string status;   // "completed", "unfinished", ...; "damaged": a file of the run cannot be read
  std::string problem;  // of a damaged run
  std::string model;
  std::int64_t epochs = 0;
  std::optional<double> train_s;
  std::string part;    // of the headline metric; "" where nothing was evaluated
  std::string metric;  // "recall@20"
  std::optional<double> value;
  std::optional<std::pair<double, double>> ci95;
};

// Runs directly in `folder` and one level below. `folder` may also be the folder of one name. Error(usage) when there
// is no such folder.
std::vector<ListedRun> list_runs(const std::filesystem::path& folder);

std::string runs_table(const std::vector<ListedRun>& runs);  // for a terminal
nlohmann::ordered_json runs_json(const std::vector<ListedRun>& runs);

}  // namespace kindred
