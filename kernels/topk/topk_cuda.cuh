// SPDX-License-Identifier: Apache-2.0
// The steps of topk on CUDA, in the order of the data: scores of a block of queries (exact, or screened through fp16
// tensor cores), then the selection of each row. topk_cuda.cu puts them together.
// A candidate is a column of the score block: item items[c], or item c where there is no list of allowed items.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/tensor.h"
#include "kernels/core/view.h"

#include <cstdint>

namespace kindred::cuda {

// Row r of a block is row first + r of the call, or ids[r] where the block is a list of rows.
struct BlockRows {
  std::int64_t first = 0;
  std::int64_t count = 0;
  const std::int64_t* ids = nullptr;
  KINDRED_HD std::int64_t operator()(std::int64_t r) const { return ids == nullptr ? first + r : ids[r]; }
};

// What the selection of all rows adds up, on the device. Integers only: the same for any order of the blocks.
struct Outcome {
  unsigned long long tied = 0;           // rows whose boundary is tied
  unsigned long long first_nan = ~0ULL;  // the least row << 31 | item whose score is NaN
  unsigned long long unscreened = 0;     // rows that screening leaves to the exact path, listed
};

// scores(r, c) = the chain of fused multiply-adds over k = 0, 1, ..., K - 1, plus the bias: the CPU's bits.
struct ExactScores {
  const float* queries = nullptr;         // [B, K]
  const float* items = nullptr;           // [I, K]
  const float* item_bias = nullptr;       // [I] or null
  const std::int32_t* allowed = nullptr;  // [candidates] or null
  std::int64_t candidates = 0;
  std::int64_t factors = 0;
  BlockRows rows;
  float* scores = nullptr;  // [rows.count, stride]
  std::int64_t stride = 0;  // a multiple of 4
};
void exact_scores(const Context& ctx, const ExactScores& args);

// What a selection needs to know of a row that was screened: |approximation - scale * exact score| <= error for all
// candidates of the row. A negative error: the row cannot be screened.
struct RowBound {
  float scale = 0.0F;
  float error = -1.0F;
};

struct SelectRows {
  BlockRows rows;
  const float* scores = nullptr;  // [rows.count, stride], one column a candidate (by_item: one an item)
  std::int64_t stride = 0;
  bool by_item = false;
  std::int64_t candidates = 0;
  const std::int32_t* allowed = nullptr;
  const std::int64_t* excluded_offsets = nullptr;  // of the call's rows; null: nothing is excluded
  const std::int32_t* excluded_ids = nullptr;
  std::int64_t k = 0;
  std::int32_t* top_items = nullptr;  // [B, k], by the call's rows
  float* top_scores = nullptr;
  Outcome* outcome = nullptr;

  // Screened blocks: the columns are approximations; the selection makes the exact scores of those that may matter.
  const RowBound* bounds = nullptr;       // [rows.count]; null: the scores are exact
  const float* candidate_bias = nullptr;  // [candidates] or null
  const float* queries = nullptr;         // as in ExactScores
  const float* items = nullptr;
  const float* item_bias = nullptr;
  std::int64_t factors = 0;
  std::int64_t* unscreened_rows = nullptr;  // [B] out
};
void select_rows(const Context& ctx, const SelectRows& args);

// Whether the selection of screened rows fits: the few that pass lie in shared memory.
bool can_screen(std::int64_t candidates, std::int64_t k);

// Bytes of scratch that select_rows takes for a row, beyond shared memory.
std::int64_t select_bytes_per_row(std::int64_t candidates, std::int64_t k);

}  // namespace kindred::cuda
