// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/metrics_log.h"

#include "kernels/core/check.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <string>

namespace kindred {

MetricsLog::MetricsLog(const std::filesystem::path& file) : path_(file), file_(std::fopen(file.c_str(), "a")) {
  if (!file_) fail(ErrorKind::device, "{}: cannot be written: {}", file.string(), std::strerror(errno));
}

void MetricsLog::write(std::string_view event, nlohmann::ordered_json fields) {
  nlohmann::ordered_json line = {{"event", event}};
  line.update(fields);
  const std::string text = line.dump() + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
    fail(ErrorKind::device, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
  }
}

}  // namespace kindred
