// SPDX-License-Identifier: Apache-2.0
// Blocks of queries, one after another on the stream: their scores into a block that stays in the L2 cache where it
// can, then the selection of each row. Where the best k are few among the candidates, the block holds approximations
// from the tensor cores and the selection makes exact scores of those that matter (topk_screen_cuda.cuh): the result is
// the exact path's, bit by bit.
#include "kernels/topk/topk.h"

#include "kernels/topk/topk_cuda.cuh"
#include "kernels/topk/topk_screen_cuda.cuh"

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr std::int64_t kBlockBytes = 40 << 20;      // of scores, where that gives enough rows
constexpr std::int64_t kEnoughRows = 256;           // for a product that is not bound by reading the items
constexpr std::int64_t kMostBlockBytes = 1 << 30;   // of scores, and of buffers of keys
constexpr std::int64_t kLeastScreenedFactors = 16;  // below, the exact chain is as cheap

std::int64_t block_rows(std::int64_t rows, std::int64_t row_bytes, std::int64_t key_bytes) {
  const std::int64_t most = kMostBlockBytes / std::max<std::int64_t>(1, std::max(row_bytes, key_bytes));
  const std::int64_t wanted = std::max(kBlockBytes / std::max<std::int64_t>(1, row_bytes), kEnoughRows);
  return std::clamp<std::int64_t>(std::min(wanted, most), 1, std::max<std::int64_t>(1, rows));
}

// The allowed items on the device, and what the rows add up.
class Selection {
 public:
  Selection(const Context& ctx, const char* name, std::int64_t items, const CsrView& excluded,
            std::span<const std::int32_t> allowed, const View<std::int32_t, 2>& top_items,
            const View<float, 2>& top_scores)
      : ctx_(ctx),
        name_(name),
        allowed_(ctx, {static_cast<std::int64_t>(allowed.size())}, "topk.allowed"),
        outcome_(ctx, {1}, "topk.outcome") {
    ctx.copy_from_host(allowed_.data(), allowed.data(), allowed_.bytes());
    const Outcome nothing;
    ctx.copy_from_host(outcome_.data(), &nothing, sizeof(nothing));
    select_.candidates = allowed.empty() ? items : allowed_.size(0);
    select_.allowed = allowed.empty() ? nullptr : allowed_.data();
    if (excluded.rows != 0) {
      select_.excluded_offsets = excluded.offsets.data();
      select_.excluded_ids = excluded.ids.data();
    }
    select_.k = top_items.size(1);
    select_.top_items = top_items.data();
    select_.top_scores = top_scores.data();
    select_.outcome = outcome_.data();
  }

  const SelectRows& common() const { return select_; }

  // Waits for the device.
  Outcome outcome() const {
    Outcome outcome;
    ctx_.copy_to_host(&outcome, outcome_.data(), sizeof(outcome));
    if (outcome.first_nan != Outcome().first_nan) {
      fail(ErrorKind::divergence, "[{}] the score of row {}, item {} is NaN", name_, outcome.first_nan >> 31,
           outcome.first_nan & 0x7FFFFFFFULL);
    }
    return outcome;
  }

 private:
  const Context& ctx_;
  const char* name_;
  Tensor<std::int32_t, 1> allowed_;
  Tensor<Outcome, 1> outcome_;
  SelectRows select_;
};

class TopKJob {
 public:
  TopKJob(const Context& ctx, const TopK& args)
      : ctx_(ctx),
        queries_(args.queries.size(0)),
        selection_(ctx, "topk", args.items.size(0), args.excluded, args.allowed, args.top_items, args.top_scores) {
    const SelectRows& select = selection_.common();
    exact_.queries = args.queries.data();
    exact_.items = args.items.data();
    exact_.item_bias = args.item_bias.data();
    exact_.allowed = select.allowed;
    exact_.candidates = select.candidates;
    exact_.factors = args.items.size(1);
    exact_.stride = (select.candidates + 3) / 4 * 4;
    block_rows_ = block_rows(queries_, exact_.stride * std::int64_t{sizeof(float)},
                             select_bytes_per_row(select.candidates, select.k));
    scores_ = Tensor<float, 2>(ctx, {block_rows_, exact_.stride}, "topk.scores");
    exact_.scores = scores_.data();
  }

  std::int64_t run(std::int64_t* unscreened_rows) {
    const SelectRows& select = selection_.common();
    std::int64_t unscreened = 0;
    if (exact_.factors >= kLeastScreenedFactors && can_screen(select.candidates, select.k)) {
      const Tensor<std::int64_t, 1> list = run_screened();
      unscreened = static_cast<std::int64_t>(selection_.outcome().unscreened);
      run_exact({.count = unscreened, .ids = list.data()});
    } else {
      run_exact({.count = queries_});
    }
    if (unscreened_rows != nullptr) *unscreened_rows = unscreened;
    return static_cast<std::int64_t>(selection_.outcome().tied);
  }

 private:
  template <typename Work>
  void for_blocks(const BlockRows& rows, const Work& work) const {
    for (std::int64_t begin = 0; begin < rows.count; begin += block_rows_) {
      const std::int64_t count = std::min(block_rows_, rows.count - begin);
      work(rows.ids == nullptr ? BlockRows{rows.first + begin, count} : BlockRows{0, count, rows.ids + begin});
    }
  }

  void run_exact(const BlockRows& rows) {
    for_blocks(rows, [&](const BlockRows& block) {
      ExactScores exact = exact_;
      exact.rows = block;
      exact_scores(ctx_, exact);
      select_rows(ctx_, block_selection(block));
    });
  }

  // Returns the list of rows that were left out; how many they are is in the outcome.
  Tensor<std::int64_t, 1> run_screened() {
    Tensor<std::int64_t, 1> list(ctx_, {queries_}, "topk.unscreened");
    Screen screen(ctx_, exact_);
    for_blocks({.count = queries_}, [&](const BlockRows& block) {
      screen.score(block, exact_.scores, exact_.stride);
      SelectRows select = block_selection(block);
      select.bounds = screen.bounds();
      select.candidate_bias = screen.candidate_bias();
      select.queries = exact_.queries;
      select.items = exact_.items;
      select.item_bias = exact_.item_bias;
      select.factors = exact_.factors;
      select.unscreened_rows = list.data();
      select_rows(ctx_, select);
    });
    return list;
  }

  SelectRows block_selection(const BlockRows& block) const {
    SelectRows select = selection_.common();
    select.rows = block;
    select.scores = exact_.scores;
    select.stride = exact_.stride;
    return select;
  }

  const Context& ctx_;
  std::int64_t queries_;
  Selection selection_;
  ExactScores exact_;  // of all rows
  std::int64_t block_rows_ = 0;
  Tensor<float, 2> scores_;
};

}  // namespace

std::int64_t topk(const Context& ctx, const TopK& args) { return TopKJob(ctx, args).run(args.unscreened_rows); }

std::int64_t select_topk(const Context& ctx, const SelectTopK& args) {
  const Selection selection(ctx, "select_topk", args.scores.size(1), args.excluded, args.allowed, args.top_items,
                            args.top_scores);
  SelectRows select = selection.common();
  select.stride = args.scores.size(1);
  select.by_item = !args.allowed.empty();
  const std::int64_t rows = args.scores.size(0);
  const std::int64_t key_bytes = select_bytes_per_row(select.candidates, select.k);
  const std::int64_t step = key_bytes == 0 ? rows : block_rows(rows, 1, key_bytes);
  for (std::int64_t begin = 0; begin < rows; begin += step) {
    select.rows = {begin, std::min(step, rows - begin)};
    select.scores = args.scores.row(begin);
    select_rows(ctx, select);
  }
  return static_cast<std::int64_t>(selection.outcome().tied);
}

}  // namespace kindred::cuda
