// SPDX-License-Identifier: Apache-2.0
// Recommendations for users by name: external ids in, external ids out, any number of users in blocks.
// A user is one that was trained, one that was held out for evaluation (folded in from the known part of the history),
// or a stranger with a history (folded in). Seen items, a deny list and an allow list filter the catalogue. New items
// of the catalogue must have been added to the model.
#pragma once

#include "trainer/export/catalogue.h"
#include "trainer/models/model.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace kindred {

struct RecommendOptions {
  std::int64_t k = 10;
  bool include_seen = false;
  std::vector<std::string> allow;  // external item ids; empty: the whole catalogue
  std::vector<std::string> deny;
};

// A user to serve. `row` is a row of the user dictionary, or -1 for a stranger, who has `items` (and `values` as in
// Dataset::train, or none).
struct Listener {
  std::string name;
  std::int32_t row = -1;
  std::vector<std::int32_t> items;  // ascending
  std::vector<float> values;
  std::vector<std::int32_t> seen = {};  // new items that the user touched, ascending
};

struct Recommendation {
  std::int32_t item = 0;
  float score = 0.0F;
};

class Recommender {
 public:
  // The list options are resolved here: an unknown item is an Error(usage) that names it.
  Recommender(const Context& ctx, const Catalogue& catalogue, const Model& model, RecommendOptions options);

  // The listener of an external user id; Error(usage) when the dictionary does not know it.
  Listener listener(std::string_view user) const;
  // Every user of the training data.
  std::vector<Listener> everybody() const;
  // A stranger from external item ids; ids that training did not see are counted in `unknown`.
  Listener stranger(std::string name, std::span<const std::string> items, std::int64_t& unknown) const;

  // Calls `sink` for each listener in order with at most k recommendations, best first.
  using Sink = std::function<void(const Listener&, std::span<const Recommendation>)>;
  void recommend(std::span<const Listener> listeners, const Sink& sink) const;
  // What each history item adds to the score of `item` for this listener, largest first.
  std::vector<Contribution> explain(const Listener& listener, std::int32_t item) const;

 private:
  struct Block;
  Listener known(std::int64_t row, std::string name) const;
  Block block(std::span<const Listener> listeners) const;

  const Context& ctx_;
  const Catalogue& catalogue_;
  const Dataset& data_;
  const Model& model_;
  RecommendOptions options_;
  std::vector<std::int32_t> allowed_;
  std::vector<std::int32_t> denied_;
};

}  // namespace kindred
