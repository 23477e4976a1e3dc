// SPDX-License-Identifier: Apache-2.0
// How well an index answers: its best items for users against exact search (kernels/topk).
//     recall@k = mean over users of |top k of the index that belong to the exact top k| / min(k, I)
// An item whose score in double equals that of the exact k-th place belongs to it too: equal items are no mistakes.
// Latency: one query at a time, one thread; queries a second: all at once, all threads.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"
#include "trainer/data/dataset.h"
#include "trainer/export/index/item_index.h"
#include "trainer/models/model.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

inline constexpr std::int64_t kRecallPlaces = 100;

// Vectors of users who were held out, as a server would ask with.
struct CheckQueries {
  std::vector<float> vectors;  // [count, dim]
  std::int64_t count = 0;
  std::string from;  // "test users, folded in"
};

// At most `most`, evenly over the users of the test part; where there is none of the validation part, else of the
// training data. Users who were held out are folded in from the known part of their history.
CheckQueries make_check_queries(const Context& ctx, const Dataset& data, const Model& model, std::int64_t most);

struct Recall {
  std::int64_t queries = 0;
  double at_10 = 0.0;
  double at_100 = 0.0;
  double least() const { return at_10 < at_100 ? at_10 : at_100; }
};

struct SearchSpeed {
  double latency_us_p50 = 0.0;
  double latency_us_p95 = 0.0;
  double queries_per_s = 0.0;
};

class RecallCheck {
 public:
  // Both on the host; they must outlive this. Exact search runs here, on the device of `ctx`.
  RecallCheck(const Context& ctx, View<const float, 2> items, View<const float, 2> queries);

  // Of the queries begin, begin + step, ...
  Recall measure(const ItemIndex& index, std::int64_t begin = 0, std::int64_t step = 1) const;
  SearchSpeed time(const ItemIndex& index) const;
  std::int64_t queries() const { return queries_.size(0); }

 private:
  double score(std::int64_t query, std::int64_t item) const;

  View<const float, 2> items_;
  View<const float, 2> queries_;
  std::int64_t places_;
  std::vector<std::int32_t> exact_;  // [queries, places]
  int threads_;
};

}  // namespace kindred
