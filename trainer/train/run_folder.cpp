// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_folder.h"

#include "kernels/core/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

namespace kindred {

namespace fs = std::filesystem;

namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool is_run(const fs::path& folder) { return fs::exists(folder / "config.yaml"); }

std::vector<fs::path> folders_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string joined_names(const std::vector<fs::path>& folders) {
  std::string text;
  for (const fs::path& folder : folders) text += (text.empty() ? "" : ", ") + folder.filename().string();
  return text.empty() ? "none" : text;
}

// "a-run-2" comes after "a-run" and before "a-run-10": by the time in the name, then by the order of creation.
fs::path newest(const std::vector<fs::path>& runs) {
  return *std::max_element(runs.begin(), runs.end(), [](const fs::path& a, const fs::path& b) {
    const std::string time_a = a.filename().string().substr(0, 16);
    const std::string time_b = b.filename().string().substr(0, 16);
    return std::tuple(time_a, fs::last_write_time(a / "config.yaml")) <
           std::tuple(time_b, fs::last_write_time(b / "config.yaml"));
  });
}

}  // namespace

RunFolder RunFolder::create(const fs::path& output, std::string_view name, std::uint64_t config_hash) {
  const fs::path parent = output / name;
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(ErrorKind::usage, "run.output: cannot make the folder {}: {}", parent.string(), error.message());
  const std::string stem = fmt::format("{}-{:08x}", utc_now(), static_cast<std::uint32_t>(config_hash));
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const fs::path path = parent / (attempt == 1 ? stem : fmt::format("{}-{}", stem, attempt));
    if (fs::create_directory(path, error)) return RunFolder(path);  // atomic: two runs never share a folder
    if (error) fail(ErrorKind::usage, "run.output: cannot make the folder {}: {}", path.string(), error.message());
  }
  fail(ErrorKind::internal, "no free run folder for {}", (parent / stem).string());
}

RunFolder RunFolder::find(std::string_view folder_or_name, const fs::path& output) {
  const fs::path direct(folder_or_name);
  if (is_run(direct)) return RunFolder(direct);
  for (const fs::path& parent : {output / direct, direct}) {
    std::vector<fs::path> runs = folders_below(parent);
    std::erase_if(runs, [](const fs::path& run) { return !is_run(run); });
    if (runs.empty()) continue;
    std::vector<fs::path> trained = runs;
    std::erase_if(trained, [](const fs::path& run) { return !fs::exists(run / "result.json"); });
    return RunFolder(newest(trained.empty() ? runs : trained));
  }
  fail(ErrorKind::usage, "no run '{}': neither a run folder nor a run's name below {}; runs there: {}", folder_or_name,
       output.string(), joined_names(folders_below(output)));
}

}  // namespace kindred
