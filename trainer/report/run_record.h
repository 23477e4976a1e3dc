// SPDX-License-Identifier: Apache-2.0
// What the files of a run folder say, of a run that is finished, stopped or still going. Nothing of the model or the
// data is opened. Error(data) naming file and line for a file that is there but is not JSON.
#pragma once

#include "trainer/train/run_folder.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace kindred {

struct RunRecord {
  explicit RunRecord(const RunFolder& run_folder);
  ~RunRecord();

  RunFolder folder;
  std::string name;                                     // of the folder above
  std::string config_yaml;                              // as it is in the folder
  std::unique_ptr<nlohmann::ordered_json> result;       // {} for a run that is not finished
  std::unique_ptr<nlohmann::ordered_json> environment;  // {} where there is none
  std::unique_ptr<nlohmann::ordered_json> manifest;     // of export/, {} where there is none
  std::vector<nlohmann::ordered_json> events;           // lines of metrics.jsonl

  std::string status() const;   // of result.json or the last "end" event; else "running" or "unfinished"
  std::string model() const;    // "als"; "" while it is not known
  std::string started() const;  // "2026-11-27 06:58:14 UTC", from the folder's name; "" where it has no time
  std::int64_t epochs() const;  // trained so far
  // The part and metric that stand for the run: the first metric of test, else of validation. Empty: nothing evaluated.
  std::string headline_part() const;
  std::string headline_metric() const;
};

}  // namespace kindred
