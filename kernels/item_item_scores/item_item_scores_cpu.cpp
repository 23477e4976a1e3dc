// SPDX-License-Identifier: Apache-2.0
#include "kernels/item_item_scores/item_item_scores.h"

#include <algorithm>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kTile = 256;  // columns: so many floats of each of a few thousand rows stay in the cache
constexpr std::int64_t kRows = 16;   // histories of one job

}  // namespace

void neighbour_scores(const Context& ctx, const NeighbourScores& args) {
  const CsrView& history = args.history;
  const std::int64_t neighbours = args.ids.size(1);
  parallel_for(ctx.pool(), history.rows, kRows, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      float* scores = args.scores.row(row);
      std::fill_n(scores, args.scores.size(1), 0.0F);
      for (std::int64_t entry = history.begin(row); entry < history.end(row); ++entry) {
        const float weight = history.value(entry);
        if (!(weight > 0.0F)) continue;
        const std::int32_t* ids = args.ids.row(history.ids(entry));
        const float* values = args.values.row(history.ids(entry));
        for (std::int64_t n = 0; n < neighbours && ids[n] >= 0; ++n) scores[ids[n]] += weight * values[n];
      }
    }
  });
}

void matrix_scores(const Context& ctx, const MatrixScores& args) {
  const CsrView& history = args.history;
  const std::int64_t items = args.scores.size(1);
  const std::int64_t row_chunks = (history.rows + kRows - 1) / kRows;
  const std::int64_t tiles = (items + kTile - 1) / kTile;
  // All histories of one tile of columns before the next: the tile's part of the weights is then used many times.
  parallel_for(ctx.pool(), tiles * row_chunks, 1, [&](std::int64_t job, std::int64_t, int) {
    const std::int64_t column = job / row_chunks * kTile;
    const std::int64_t columns = std::min(kTile, items - column);
    const std::int64_t first_row = job % row_chunks * kRows;
    for (std::int64_t row = first_row; row < std::min(history.rows, first_row + kRows); ++row) {
      float sums[kTile] = {};
      for (std::int64_t entry = history.begin(row); entry < history.end(row); ++entry) {
        const float weight = std::max(0.0F, history.value(entry));
        const float* source = args.weights.row(history.ids(entry)) + column;
        if (columns == kTile) {
          for (std::int64_t c = 0; c < kTile; ++c) sums[c] += weight * source[c];
        } else {
          for (std::int64_t c = 0; c < columns; ++c) sums[c] += weight * source[c];
        }
      }
      std::copy_n(sums, columns, args.scores.row(row) + column);
    }
  });
}

}  // namespace kindred::cpu
