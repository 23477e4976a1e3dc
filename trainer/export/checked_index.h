// SPDX-License-Identifier: Apache-2.0
// The index of an export: built, written, read back, and measured against exact search; where its recall is below
// export.index.min_recall, the next simpler kind: hnsw, ivf_pq -> ivf_flat -> flat; sq8, fp16 -> flat.
//     automatic   flat up to 16384 items; else ivf_flat, if a quarter of its lists is enough
// Effort (probes, ef_search) that the configuration leaves open is the least that keeps the bound, and a fifth of what
// is missing to 1, for every second of the queries; the recall that counts is that of the others. Where there are fewer
// than 40 queries, both are for all of them.
#pragma once

#include "trainer/data/progress.h"
#include "trainer/export/export_folder.h"
#include "trainer/export/index/item_index.h"
#include "trainer/export/recall_check.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

inline constexpr std::string_view kIndexName = "items.faiss";

struct IndexAttempt {
  IndexType type = IndexType::flat;
  std::int64_t effort = 0;
  Recall recall;
  bool taken = false;
};

struct CheckedIndex {
  IndexShape shape;
  std::vector<IndexAttempt> attempts;  // the last one was taken
  SearchSpeed speed;
  double build_s = 0.0;  // of the one that was taken, with the choice of effort
};

// Writes items.faiss into the folder. Falls back with a line to `progress`.
CheckedIndex write_checked_index(const Context& ctx, View<const float, 2> items, const RecallCheck& check,
                                 const IndexConfig& config, ExportFolder& folder, Progress& progress);

// The kinds to try, in order.
std::vector<IndexType> index_chain(IndexType type, std::int64_t items);
// Sets and returns the least effort of 1 ... most (to a sixteenth) whose recall reaches the goal; `most` where none
// does.
std::int64_t least_effort(ItemIndex& index, const RecallCheck& check, double goal, std::int64_t most);

}  // namespace kindred
