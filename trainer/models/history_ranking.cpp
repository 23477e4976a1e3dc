// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/history_ranking.h"

#include "kernels/core/tensor.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <vector>

namespace kindred {

namespace {

constexpr std::int64_t kBlockScores = std::int64_t{1} << 25;

// Rows [begin, end) of a CSR matrix, with offsets that start at 0; ids and values are the matrix's own.
class CsrBlock {
 public:
  CsrBlock(const CsrView& matrix, std::int64_t begin, std::int64_t end)
      : offsets_(static_cast<std::size_t>(end - begin) + 1) {
    const std::int64_t first = matrix.begin(begin);
    for (std::int64_t row = begin; row < end; ++row) {
      offsets_[static_cast<std::size_t>(row - begin) + 1] = matrix.end(row) - first;
    }
    view_ = {.rows = end - begin,
             .columns = matrix.columns,
             .offsets = {offsets_.data(), {end - begin + 1}},
             .ids = matrix.ids.slice(first, first + offsets_.back()),
             .values = matrix.has_values() ? matrix.values.slice(first, first + offsets_.back()) : matrix.values};
  }
  CsrBlock(const CsrBlock&) = delete;
  CsrBlock& operator=(const CsrBlock&) = delete;
  const CsrView& view() const { return view_; }

 private:
  std::vector<std::int64_t> offsets_;
  CsrView view_;
};

}  // namespace

void rank_by_history(const Context& ctx, const RankQuery& query, std::string_view purpose, const ScoreRows& score_rows,
                     RankResult& result) {
  const std::int64_t users = query.users.size(0);
  const std::int64_t items = query.history.columns;
  KINDRED_CHECK(query.history.rows == users, "[rank] {} histories for {} users", query.history.rows, users);
  const std::int64_t block =
      std::clamp<std::int64_t>(kBlockScores / std::max<std::int64_t>(1, items), 1, std::max<std::int64_t>(1, users));
  Tensor<float, 2> scores(ctx, {block, items}, purpose);
  result.tied_boundaries = 0;
  for (std::int64_t begin = 0; begin < users; begin += block) {
    const std::int64_t end = std::min(users, begin + block);
    const View<float, 2> rows = scores.view().slice(0, end - begin);
    const CsrBlock history(query.history, begin, end);
    score_rows(history.view(), rows);
    SelectTopK selection{.scores = rows,
                         .allowed = query.allowed_items,
                         .top_items = result.items.slice(begin, end),
                         .top_scores = result.scores.slice(begin, end)};
    if (query.masked.rows == 0) {
      result.tied_boundaries += select_topk(ctx, selection);
    } else {
      const CsrBlock masked(query.masked, begin, end);
      selection.excluded = masked.view();
      result.tied_boundaries += select_topk(ctx, selection);
    }
  }
}

void check_item(std::int32_t item, std::int64_t num_items) {
  if (item < 0 || item >= num_items) {
    fail(ErrorKind::usage, "item row {} is not in the catalogue of {} items", item, num_items);
  }
}

}  // namespace kindred
