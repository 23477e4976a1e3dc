// SPDX-License-Identifier: Apache-2.0
// Some rows of an evaluation part as the query that a model ranks: users, histories and what is masked, gathered into
// arrays of its own because the rows need not lie side by side.
#pragma once

#include "trainer/data/dataset.h"
#include "trainer/models/model.h"

#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

class UserBlock {
 public:
  UserBlock(const EvaluationPart& part, std::span<const std::int64_t> rows, bool mask_seen);
  // Views into this block. Users of a fold-in part have row -1.
  RankQuery query() const;

 private:
  std::int64_t num_items_ = 0;
  bool mask_seen_ = true;
  std::vector<std::int32_t> users_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int64_t> no_offsets_;
  std::vector<std::int32_t> ids_;
  std::vector<float> values_;
};

}  // namespace kindred
