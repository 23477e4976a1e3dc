// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/run_record.h"

#include "kernels/core/check.h"
#include "trainer/report/json_path.h"
#include "trainer/train/run_lock.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace kindred {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::unique_ptr<Json> read_object(const fs::path& file) {
  auto json = std::make_unique<Json>(Json::object());
  if (!fs::exists(file)) return json;
  *json = Json::parse(read_text(file), nullptr, false);
  if (!json->is_object()) fail(ErrorKind::data, "{}: is not a JSON object; the file is damaged", file.string());
  return json;
}

// The last line of a run that was killed may be cut off.
std::vector<Json> read_events(const fs::path& file) {
  std::vector<Json> events;
  std::istringstream stream(read_text(file));
  std::int64_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    Json event = Json::parse(line, nullptr, false);
    if (event.is_object()) {
      events.push_back(std::move(event));
    } else if (!stream.eof()) {
      fail(ErrorKind::data, "{}:{}: is not a JSON object; the file is damaged", file.string(), number);
    }
  }
  return events;
}

}  // namespace

RunRecord::RunRecord(const RunFolder& run_folder)
    : folder(run_folder),
      name(fs::absolute(run_folder.path()).lexically_normal().parent_path().filename().string()),
      config_yaml(read_text(run_folder.config())),
      result(read_object(run_folder.result())),
      environment(read_object(run_folder.environment())),
      manifest(read_object(run_folder.path() / "export" / "manifest.json")),
      events(read_events(run_folder.metrics())) {}

RunRecord::~RunRecord() = default;

std::string RunRecord::status() const {
  if (const std::string status = find_text(*result, {"status"}); !status.empty()) return status;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (find_text(*event, {"event"}) != "end") continue;
    const std::string status = find_text(*event, {"status"});
    return status.empty() ? "ended" : status;
  }
  return RunLock::holder(folder.path()) ? "running" : "unfinished";
}

std::string RunRecord::model() const {
  if (const std::string model = find_text(*result, {"model"}); !model.empty()) return model;
  for (const Json& event : events) {
    if (find_text(event, {"event"}) == "start") return find_text(event, {"model"});
  }
  return "";
}

std::string RunRecord::started() const {
  const std::string stem = folder.path().filename().string();
  const auto digits = [&](std::size_t from, std::size_t count) {
    return std::all_of(stem.begin() + static_cast<std::ptrdiff_t>(from),
                       stem.begin() + static_cast<std::ptrdiff_t>(from + count),
                       [](char c) { return c >= '0' && c <= '9'; });
  };
  if (stem.size() < 16 || !digits(0, 8) || stem[8] != 'T' || !digits(9, 6) || stem[15] != 'Z') return "";
  return fmt::format("{}-{}-{} {}:{}:{} UTC", stem.substr(0, 4), stem.substr(4, 2), stem.substr(6, 2),
                     stem.substr(9, 2), stem.substr(11, 2), stem.substr(13, 2));
}

std::int64_t RunRecord::epochs() const {
  if (const auto epochs = find_count(*result, {"epochs"})) return *epochs;
  std::int64_t last = 0;
  for (const Json& event : events) {
    if (find_text(event, {"event"}) == "epoch") last = find_count(event, {"epoch"}).value_or(last);
  }
  return last;
}

std::string RunRecord::headline_part() const {
  for (const char* part : {"test", "validation"}) {
    const Json* metrics = find_json(*result, {"metrics", part});
    if (metrics != nullptr && metrics->is_object() && !metrics->empty()) return part;
  }
  return "";
}

std::string RunRecord::headline_metric() const {
  const std::string part = headline_part();
  return part.empty() ? "" : find_json(*result, {"metrics", part.c_str()})->begin().key();
}

}  // namespace kindred
