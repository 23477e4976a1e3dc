// SPDX-License-Identifier: Apache-2.0
// The finished run from which another one begins (run.warm_start): its vectors, joined with the new data by external
// id.
#pragma once

#include "trainer/data/dataset.h"
#include "trainer/models/model.h"
#include "trainer/models/warm_start.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace kindred {

class WarmStartRun {
 public:
  // `folder`: of the run. Error(usage) when its model is of another type, has no vectors or such of another length,
  // Error(data) when the run is not finished or damaged. `model`: the one that is to begin with it.
  WarmStartRun(const std::filesystem::path& folder, Model& model, const Dataset& data);

  const WarmStart& start() const { return start_; }
  // "29858 users and 40981 items known, 12 and 3 new, 0 and 7 gone".
  std::string counts_text() const;
  // {"run", "users": {"known", "new", "gone"}, "items": {...}}
  nlohmann::ordered_json to_json() const;

 private:
  struct Counts {
    std::int64_t known = 0;
    std::int64_t fresh = 0;
    std::int64_t gone = 0;
  };

  std::filesystem::path folder_;
  std::shared_ptr<const Dataset> data_;
  std::unique_ptr<Model> model_;  // on the host
  WarmStart start_;
  Counts users_;
  Counts items_;
};

}  // namespace kindred
