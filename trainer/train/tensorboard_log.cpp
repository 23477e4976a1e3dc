// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/tensorboard_log.h"

#include "kernels/core/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <ctime>

namespace kindred {

namespace fs = std::filesystem;

namespace {

// TensorBoard takes files that have "tfevents" in their names, in the order of the names.
fs::path new_event_file(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(ErrorKind::device, "logging.tensorboard: {}: cannot be made: {}", folder.string(), error.message());
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return folder / fmt::format("events.out.tfevents.{:010}.{}.{}.0", std::time(nullptr), host, getpid());
}

}  // namespace

TensorBoardLog::TensorBoardLog(const fs::path& folder) : file_(new_event_file(folder)) {}

void TensorBoardLog::observe(std::string_view event, const nlohmann::ordered_json& fields) {
  if (!fields.contains("epoch")) return;
  const auto epoch = fields["epoch"].get<std::int64_t>();
  std::vector<std::pair<std::string, double>> values;
  if (event == "epoch") {
    if (fields.contains("objective")) values.emplace_back("train/objective", fields["objective"].get<double>());
    const double elapsed_s = fields.value("elapsed_s", elapsed_s_);
    values.emplace_back("seconds/epoch", elapsed_s - elapsed_s_);
    values.emplace_back("seconds/train", elapsed_s);
    elapsed_s_ = elapsed_s;
  } else if (event == "evaluation") {
    const std::string part = fields.value("part", "evaluation");
    for (const auto& [name, metric] : fields["metrics"].items()) {
      if (metric["value"].is_number()) values.emplace_back(part + "/" + name, metric["value"].get<double>());
    }
  } else if (event == "resume") {
    file_.restart(epoch + 1);
    elapsed_s_ = fields.value("elapsed_s", 0.0);
  }
  file_.scalars(epoch, values);
}

}  // namespace kindred
