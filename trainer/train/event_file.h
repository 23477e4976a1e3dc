// SPDX-License-Identifier: Apache-2.0
// A file of TensorBoard events: TFRecords of `Event` messages of protocol buffers (tensorflow/core/util/event.proto).
//     record = length (u64), masked CRC of length (u32), message, masked CRC of message (u32)      all little-endian
//     masked CRC = rotate_right(CRC-32C, 15) + 0xa282ead8
//     Event  = wall_time 1: double, step 2: int64, file_version 3: string, summary 5: {value 1: {tag 1, simple_value
//     2}},
//              session_log 7: {status 1}
// Every record is in the file when the call returns, so that a reader sees a run as it goes. Errors: Error(device).
#pragma once

#include "trainer/data/synced_file.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred {

std::uint32_t crc32c(std::string_view bytes);

class EventFile {
 public:
  // Begins the file with its version.
  explicit EventFile(const std::filesystem::path& file);

  void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);
  // What an earlier file says of this step and later ones no longer counts.
  void restart(std::int64_t step);

 private:
  void write_event(std::int64_t step, std::string_view body);

  SyncedFile file_;
};

}  // namespace kindred
