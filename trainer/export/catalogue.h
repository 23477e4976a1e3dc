// SPDX-License-Identifier: Apache-2.0
// The items that can be recommended: those of the training data and, in the rows after them, new ones, known by the
// users who touched them. Model::add_items takes the new ones in: rows mean the same to the catalogue and the model.
#pragma once

#include "trainer/data/dataset.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kindred {

class Catalogue {
 public:
  // `event_confidence` is what an event counts that comes after the training (Confidence::of_one_event); it is used
  // where the training matrix has values.
  explicit Catalogue(const Dataset& data, float event_confidence = 1.0F);

  // Adds a new item. Of `users`, those who were not trained are counted in `unknown`; false, and nothing is added, when
  // nobody else is left. Error(usage), beginning with `place` ("new.txt:3"), when the id is taken.
  bool add(const std::string& id, std::span<const std::string> users, std::string_view place, std::int64_t& unknown);

  const Dataset& data() const { return data_; }
  float event_confidence() const { return event_confidence_; }
  std::int64_t size() const { return data_.num_items() + num_new(); }
  std::int64_t num_new() const { return static_cast<std::int64_t>(new_ids_.size()); }
  std::string text(std::int64_t row) const;                     // external id
  std::optional<std::int32_t> find(std::string_view id) const;  // row of an external id
  std::int64_t popularity(std::int64_t row) const;              // training events; for a new item its training users
  CsrView audiences() const;                                    // [num_new, U] the training users of the new items
  std::span<const std::int32_t> touched(
      std::int64_t user) const;  // new items that a row of the user dictionary touched

 private:
  const Dataset& data_;
  float event_confidence_;
  std::vector<std::string> new_ids_;
  std::unordered_map<std::string, std::int32_t> new_rows_;
  std::unordered_map<std::int64_t, std::vector<std::int32_t>> touched_;  // ascending
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int32_t> users_;
  std::vector<float> values_;
};

}  // namespace kindred
