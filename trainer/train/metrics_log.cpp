// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/metrics_log.h"

#include "trainer/data/durable_folder.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace kindred {

MetricsLog::MetricsLog(const std::filesystem::path& file, std::string so_far) : text_(std::move(so_far)) {
  replace_file(file, text_);
  file_ = std::make_unique<SyncedFile>(file, SyncedFile::Mode::append);
}

void MetricsLog::write(std::string_view event, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json line = {{"event", event}};
  line.update(fields);
  const std::string text = line.dump() + "\n";
  text_ += text;
  file_->write(bytes_of(text));
  if (observers_ != nullptr) observers_->observe(event, fields);
}

}  // namespace kindred
