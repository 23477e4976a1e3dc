// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "trainer/train/testing/still_model.h"

#include <numeric>
#include <vector>

namespace kindred {

// A model that is nothing but its arrays.
class ArraysModel : public StillModel {
 public:
  explicit ArraysModel(std::int64_t size, float first = 0.0F) : floats_(static_cast<std::size_t>(size)), ids_{1, 2, 3} {
    std::iota(floats_.begin(), floats_.end(), first);
  }
  std::vector<NamedParameter> parameters() override {
    return {{"floats", {static_cast<std::int64_t>(floats_.size())}, "float32", floats_.data()},
            {"ids", {3}, "int64", ids_.data()}};
  }
  std::vector<float> floats_;
  std::vector<std::int64_t> ids_;
};

}  // namespace kindred
