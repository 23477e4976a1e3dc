// SPDX-License-Identifier: Apache-2.0
// The k best items of each query, without the score matrix.
//     score(b, i) = sum_k q(b, k) y(i, k) + bias(i)            topk
//     score(b, i) = scores(b, i)                               select_topk (rows that a model made itself)
// B queries, I items, K factors, k places (any k >= 1; above the number of candidates the rest is filled).
//   queries  [B, K]  in      items  [I, K]  in      item_bias  [I] or empty  in      scores  [B, I]  in
//   excluded [B, I]  CSR, ids ascending, values ignored: never ranked; no rows (default): nothing is excluded
//   allowed  ascending item rows, the only candidates; empty: the whole catalogue
//   top_items, top_scores [B, k]  out, score descending, then item ascending; rest: item -1, score -inf
// A score of -inf is never ranked. A NaN score of a candidate is Error(divergence) that names the row and the item.
// -0 counts as +0. Returns the rows whose k-th and (k+1)-th score are equal ("tied boundaries"); on CUDA that waits.
// On CUDA everything lies on the device, but `allowed` (and `unscreened_rows`), which the host holds.
// Deterministic: a score is the chain of fused multiply-adds over k = 0, 1, ..., K - 1, so its bits depend neither on
// the threads nor on the other queries of the batch (nor on the width of the vectors, where the CPU has FMA), and are
// the same on CPU and CUDA.
// Cost: 2 B I K flops. Scratch on the CPU at most about 70 MB + 8 (k + 1) bytes for each of 96 queries; on CUDA 40 MB,
// or 256 rows of scores up to 1 GB, + 2 I K bytes + 8 B. CUDA screens the candidates in half precision with a proven
// bound and makes exact scores only of those that may be among the best (topk_screen_cuda.cuh); rows that this does not
// settle are scored exactly in full and counted in `unscreened_rows` (0 on the CPU).
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <cstdint>
#include <span>

namespace kindred {

struct TopK {
  View<const float, 2> queries;
  View<const float, 2> items;
  View<const float, 1> item_bias{};
  CsrView excluded{};
  std::span<const std::int32_t> allowed{};
  View<std::int32_t, 2> top_items;
  View<float, 2> top_scores;
  std::int64_t* unscreened_rows = nullptr;  // out, on the host, where given
};

struct SelectTopK {
  View<const float, 2> scores;
  CsrView excluded{};
  std::span<const std::int32_t> allowed{};
  View<std::int32_t, 2> top_items;
  View<float, 2> top_scores;
};

std::int64_t topk(const Context& ctx, const TopK& args);
std::int64_t select_topk(const Context& ctx, const SelectTopK& args);

namespace cpu {
std::int64_t topk(const Context& ctx, const TopK& args);
std::int64_t select_topk(const Context& ctx, const SelectTopK& args);
}  // namespace cpu

namespace cuda {
std::int64_t topk(const Context& ctx, const TopK& args);
std::int64_t select_topk(const Context& ctx, const SelectTopK& args);
}  // namespace cuda

namespace reference {
// Plain loops and a full sort, for tests.
std::int64_t topk(const TopK& args);
std::int64_t select_topk(const SelectTopK& args);
}  // namespace reference

}  // namespace kindred
