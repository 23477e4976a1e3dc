// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_folder.h"

#include "kernels/core/check.h"
#include "trainer/data/file_calls.h"
#include "trainer/data/synced_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>
#include <tuple>
#include <utility>
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

// "a-run-2" comes after "a-run" and before "a-run-10".
std::pair<std::string, std::int64_t> order_of(const fs::path& run) {
  const std::string name = run.filename().string();
  constexpr std::size_t kTime = 16;
  constexpr std::size_t kStem = kTime + 9;
  std::int64_t number = 1;
  if (name.size() > kStem + 1 && name[kStem] == '-') {
    std::from_chars(name.data() + kStem + 1, name.data() + name.size(), number);
  }
  return {name.substr(0, kTime), number};
}

// Of the same second and another configuration: by when they were made.
bool is_older(const fs::path& a, const fs::path& b) {
  std::error_code error;
  const auto order_a = order_of(a);
  const auto order_b = order_of(b);
  if (order_a.first != order_b.first) return order_a.first < order_b.first;
  return std::tuple(fs::last_write_time(a / "config.yaml", error), order_a.second) <
         std::tuple(fs::last_write_time(b / "config.yaml", error), order_b.second);
}

fs::path newest(const std::vector<fs::path>& runs) { return *std::max_element(runs.begin(), runs.end(), is_older); }

std::vector<fs::path> runs_below(const fs::path& parent) {
  std::vector<fs::path> runs = folders_below(parent);
  std::erase_if(runs, [](const fs::path& run) { return !is_run(run); });
  return runs;
}

}  // namespace

RunFolder RunFolder::create(const fs::path& output, std::string_view name, std::uint64_t config_hash) {
  const fs::path parent = output / name;
  try {
    make_folders(parent);
  } catch (const Error& error) {
    fail(ErrorKind::usage, "run.output: {}", error.what());
  }
  const std::string stem = fmt::format("{}-{:08x}", utc_now(), static_cast<std::uint32_t>(config_hash));
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const fs::path path = parent / (attempt == 1 ? stem : fmt::format("{}-{}", stem, attempt));
    if (file_calls().mkdir(path.c_str(), 0777) == 0) {  // atomic: two runs never share a folder
      sync_folder(parent);
      return RunFolder(path);
    }
    if (errno != EEXIST && errno != EINTR) {
      fail(ErrorKind::usage, "run.output: {}: cannot be made: {}", path.string(), std::strerror(errno));
    }
  }
  fail(ErrorKind::internal, "no free run folder for {}", (parent / stem).string());
}

RunFolder RunFolder::find(std::string_view folder_or_name, const fs::path& output) {
  const fs::path direct(folder_or_name);
  if (is_run(direct)) return RunFolder(direct);
  for (const fs::path& parent : {output / direct, direct}) {
    const std::vector<fs::path> runs = runs_below(parent);
    if (runs.empty()) continue;
    std::vector<fs::path> trained = runs;
    std::erase_if(trained, [](const fs::path& run) { return RunFolder(run).status() != kCompleted; });
    return RunFolder(newest(trained.empty() ? runs : trained));
  }
  fail(ErrorKind::usage, "no run '{}': neither a run folder nor a run's name below {}; runs there: {}", folder_or_name,
       output.string(), joined_names(folders_below(output)));
}

std::vector<RunFolder> RunFolder::all(const fs::path& output, std::string_view name) {
  std::vector<fs::path> runs = runs_below(output / name);
  std::sort(runs.begin(), runs.end(), [](const fs::path& a, const fs::path& b) { return is_older(b, a); });
  std::vector<RunFolder> folders;
  for (fs::path& run : runs) folders.push_back(RunFolder(std::move(run)));
  return folders;
}

std::string RunFolder::status() const {
  std::ifstream stream(result());
  if (!stream) return std::string(kUnfinished);
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  if (!json.is_object() || !json.contains("status") || !json["status"].is_string()) return std::string(kUnfinished);
  return json["status"].get<std::string>();
}

}  // namespace kindred
