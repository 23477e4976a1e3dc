// SPDX-License-Identifier: Apache-2.0
// Ranking for models that score from the history alone: blocks of users get their dense score rows, then the best k
// of each are selected. Trained users and strangers are alike. Memory: one block of score rows, about 128 MB at most
// (one row where that is longer).
#pragma once

#include "trainer/models/model.h"

#include <functional>
#include <string_view>

namespace kindred {

// Fills scores [rows of history, I].
using ScoreRows = std::function<void(const CsrView& history, View<float, 2> scores)>;

void rank_by_history(const Context& ctx, const RankQuery& query, std::string_view purpose, const ScoreRows& score_rows,
                     RankResult& result);

// Throws Error(usage) for a row of another catalogue.
void check_item(std::int32_t item, std::int64_t num_items);

}  // namespace kindred
