// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/user_block.h"

namespace kindred {

UserBlock::UserBlock(const EvaluationPart& part, std::span<const std::int64_t> rows, bool mask_seen)
    : num_items_(part.history.columns), mask_seen_(mask_seen), offsets_{0}, no_offsets_(rows.size() + 1, 0) {
  for (const std::int64_t row : rows) {
    users_.push_back(part.fold_in ? -1 : part.users(row));
    const auto ids = part.history.row_ids(row);
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    if (part.history.has_values()) {
      const float* values = part.history.values.data();
      values_.insert(values_.end(), values + part.history.begin(row), values + part.history.end(row));
    }
    offsets_.push_back(static_cast<std::int64_t>(ids_.size()));
  }
}

RankQuery UserBlock::query() const {
  const auto rows = static_cast<std::int64_t>(users_.size());
  const auto nnz = static_cast<std::int64_t>(ids_.size());
  RankQuery query;
  query.users = {users_.data(), {rows}};
  query.history = {rows, num_items_, {offsets_.data(), {rows + 1}}, {ids_.data(), {nnz}}, {}};
  query.masked = query.history;
  if (!values_.empty()) query.history.values = {values_.data(), {nnz}};
  if (!mask_seen_) query.masked = {rows, num_items_, {no_offsets_.data(), {rows + 1}}, {ids_.data(), {0}}, {}};
  return query;
}

}  // namespace kindred
