// SPDX-License-Identifier: Apache-2.0
// A register tile of scores (rows of queries x two vectors of items) is made by fused multiply-adds over packed
// panels and compared with its rows' thresholds while it is still in registers: scores never reach memory, except
// the few that pass. Highway compiles the tile for each instruction set and picks one at run time.
// BLAS is not used: its sums depend on the shape of the batch.
#include "kernels/topk/row_selector.h"
#include "kernels/topk/topk.h"

#include <bit>
#include <cstdint>
#include <cstring>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/topk/topk_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;

// 24 sums where there are 32 vector registers, 12 where there are 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM
constexpr std::int64_t kTileRows = 12;
#else
constexpr std::int64_t kTileRows = 6;
#endif

std::int64_t tile_rows() { return kTileRows; }
std::int64_t tile_columns() { return 2 * static_cast<std::int64_t>(hn::Lanes(FloatTag())); }

// Offers the columns of `mask_bits` of one row of scores.
HWY_NOINLINE void offer_bits(RowSelector& row, const float* scores, std::uint64_t bits, std::int64_t first_item,
                             const std::int32_t* item_rows) {
  while (bits != 0) {
    const int column = std::countr_zero(bits);
    bits &= bits - 1;
    row.offer(scores[column],
              item_rows == nullptr ? static_cast<std::int32_t>(first_item + column) : item_rows[first_item + column]);
  }
}

template <class V>
std::uint64_t not_below_bits(V scores, V threshold) {
  const FloatTag d;
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, hn::Not(hn::Le(scores, threshold)), bytes);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, sizeof(bits));  // little endian, as all targets are
  return bits;
}

// queries [K][kTileRows], items [K][2 vectors], bias [2 vectors]; columns of them are real items.
void score_tile(const float* HWY_RESTRICT queries, const float* HWY_RESTRICT items, const float* HWY_RESTRICT bias,
                std::int64_t factors, RowSelector* rows, std::int64_t num_rows, std::int64_t columns,
                std::int64_t first_item, const std::int32_t* item_rows) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V sum[kTileRows][2];
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kTileRows; ++r) sum[r][0] = sum[r][1] = hn::Zero(d);
  for (std::int64_t k = 0; k < factors; ++k) {
    const V item0 = hn::Load(d, items + k * 2 * lanes);
    const V item1 = hn::Load(d, items + k * 2 * lanes + lanes);
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kTileRows; ++r) {
      const V query = hn::Set(d, queries[k * kTileRows + r]);
      sum[r][0] = hn::MulAdd(query, item0, sum[r][0]);
      sum[r][1] = hn::MulAdd(query, item1, sum[r][1]);
    }
  }
  const V bias0 = hn::Load(d, bias);
  const V bias1 = hn::Load(d, bias + lanes);
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kTileRows; ++r) {
    if (r >= num_rows) break;
    const V threshold = hn::Set(d, rows[r].threshold);
    sum[r][0] = hn::Add(sum[r][0], bias0);
    sum[r][1] = hn::Add(sum[r][1], bias1);
    const auto below = hn::And(hn::Le(sum[r][0], threshold), hn::Le(sum[r][1], threshold));
    if (HWY_LIKELY(hn::AllTrue(d, below))) continue;
    HWY_ALIGN float scores[2 * HWY_MAX_BYTES / sizeof(float)];
    hn::Store(sum[r][0], d, scores);
    hn::Store(sum[r][1], d, scores + lanes);
    std::uint64_t bits = not_below_bits(sum[r][0], threshold) | (not_below_bits(sum[r][1], threshold) << lanes);
    if (columns < 2 * lanes) bits &= (std::uint64_t{1} << columns) - 1;
    offer_bits(rows[r], scores, bits, first_item, item_rows);
  }
}

// One row of finished scores.
void scan_row(const float* scores, std::int64_t items, RowSelector& row) {
  const FloatTag d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t item = 0;
  for (; item + 2 * lanes <= items; item += 2 * lanes) {
    const auto threshold = hn::Set(d, row.threshold);
    const auto score0 = hn::LoadU(d, scores + item);
    const auto score1 = hn::LoadU(d, scores + item + lanes);
    if (HWY_LIKELY(hn::AllTrue(d, hn::And(hn::Le(score0, threshold), hn::Le(score1, threshold))))) continue;
    offer_bits(row, scores + item, not_below_bits(score0, threshold) | (not_below_bits(score1, threshold) << lanes),
               item, nullptr);
  }
  for (; item < items; ++item) {
    if (!(scores[item] <= row.threshold)) row.offer(scores[item], static_cast<std::int32_t>(item));
  }
}

}  // namespace kindred::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "kernels/core/parallel.h"
#include "kernels/core/tensor.h"

#include <algorithm>
#include <vector>

namespace kindred::cpu {

namespace {

HWY_EXPORT(tile_rows);
HWY_EXPORT(tile_columns);
HWY_EXPORT(score_tile);
HWY_EXPORT(scan_row);

constexpr std::int64_t kChunkRows = 96;        // queries of one job; a multiple of every target's tile rows
constexpr std::int64_t kBlockRows = 1920;      // queries that share one packing of the items
constexpr std::int64_t kSlabFloats = 1 << 20;  // packed items that all jobs of a step read: stays in the cache
constexpr std::int64_t kSelectorBytes = std::int64_t{32} << 20;
constexpr std::int64_t kFewJobs = 8;  // with fewer chunks than this, a chunk's items are shared out as well

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

void start_excluded(RowSelector& selector, const CsrView& excluded, std::int64_t row) {
  if (excluded.rows == 0) return;
  const auto ids = excluded.row_ids(row);
  selector.excluded = ids.data();
  selector.excluded_end = ids.data() + ids.size();
}

// Writes the best k of `count` keys (k + 1 of them decide) and tells whether the boundary is tied.
bool write_row(std::uint64_t* keys, std::int64_t count, std::int64_t k, std::int32_t* items, float* scores) {
  const std::int64_t sorted = std::min(count, k + 1);
  std::partial_sort(keys, keys + sorted, keys + count, std::greater<>());
  for (std::int64_t place = 0; place < k; ++place) {
    items[place] = place < count ? item_of(keys[place]) : -1;
    scores[place] = place < count ? score_of(keys[place]) : -std::numeric_limits<float>::infinity();
  }
  return count > k && score_of(keys[k - 1]) == score_of(keys[k]);
}

// What a row reports after selection; the lowest row with a NaN is named, whichever job met it.
std::int64_t sum_ties(const std::vector<std::uint8_t>& tied, const std::vector<std::int32_t>& nan_items,
                      std::int64_t first_row, const char* name) {
  std::int64_t ties = 0;
  for (std::size_t row = 0; row < tied.size(); ++row) {
    if (nan_items[row] >= 0) {
      fail(ErrorKind::divergence, "[{}] the score of row {}, item {} is NaN", name,
           first_row + static_cast<std::int64_t>(row), nan_items[row]);
    }
    ties += tied[row];
  }
  return ties;
}

class TopKJob {
 public:
  TopKJob(const Context& ctx, const TopK& args) : ctx_(ctx), args_(args) {
    factors_ = args.items.size(1);
    candidates_ = args.allowed.empty() ? args.items.size(0) : static_cast<std::int64_t>(args.allowed.size());
    k_ = args.top_items.size(1);
    tile_rows_ = HWY_DYNAMIC_DISPATCH(tile_rows)();
    tile_columns_ = HWY_DYNAMIC_DISPATCH(tile_columns)();
    capacity_ = RowSelector::capacity_for(k_ + 1, candidates_);
    const std::int64_t rows = args.queries.size(0);
    const std::int64_t fitting = kSelectorBytes / (8 * capacity_) / kChunkRows * kChunkRows;
    block_rows_ = std::clamp(fitting, kChunkRows, kBlockRows);
    block_rows_ = std::min(block_rows_, ceil_div(rows, kChunkRows) * kChunkRows);
    const std::int64_t panel_floats = std::max<std::int64_t>(1, factors_) * tile_columns_;
    slab_panels_ = std::clamp<std::int64_t>(kSlabFloats / panel_floats, 8, std::max<std::int64_t>(8, panels()));
    slab_ = Tensor<float, 1>(ctx, {slab_panels_ * panel_floats}, "topk.items");
    bias_ = Tensor<float, 1>::zeros(ctx, {slab_panels_ * tile_columns_}, "topk.item_bias");
    queries_ = Tensor<float, 1>(ctx, {block_rows_ * std::max<std::int64_t>(1, factors_)}, "topk.queries");
  }

  std::int64_t run() {
    std::int64_t ties = 0;
    for (std::int64_t row = 0; row < args_.queries.size(0); row += block_rows_) {
      ties += run_block(row, std::min(block_rows_, args_.queries.size(0) - row));
    }
    return ties;
  }

 private:
  std::int64_t panels() const { return ceil_div(candidates_, tile_columns_); }
  std::int32_t item(std::int64_t candidate) const {
    return args_.allowed.empty() ? static_cast<std::int32_t>(candidate)
                                 : args_.allowed[static_cast<std::size_t>(candidate)];
  }

  std::int64_t run_block(std::int64_t first_row, std::int64_t rows) {
    const std::int64_t chunks = ceil_div(rows, kChunkRows);
    const std::int64_t parts = chunks >= kFewJobs ? 1 : ceil_div(kFewJobs, chunks);
    if (keys_.size(0) < rows * parts * capacity_) {
      keys_ = Tensor<std::uint64_t, 1>(ctx_, {checked_mul(rows * parts, capacity_)}, "topk.candidates");
    }
    // Selector (part, row), so that a tile's rows lie side by side.
    std::vector<RowSelector> selectors(static_cast<std::size_t>(rows * parts));
    for (std::int64_t s = 0; s < rows * parts; ++s) {
      RowSelector& selector = selectors[static_cast<std::size_t>(s)];
      selector.keys = keys_.data() + s * capacity_;
      selector.capacity = capacity_;
      selector.keep = std::min(k_ + 1, capacity_);
      start_excluded(selector, args_.excluded, first_row + s % rows);
    }
    pack_queries(first_row, rows);
    for (std::int64_t panel = 0; panel < panels(); panel += slab_panels_) {
      const std::int64_t count = std::min(slab_panels_, panels() - panel);
      pack_items(panel, count);
      const std::int64_t part_panels = ceil_div(count, parts);
      parallel_for(ctx_.pool(), chunks * parts, 1, [&](std::int64_t job, std::int64_t, int) {
        const std::int64_t part = job % parts;
        const std::int64_t begin = job / parts * kChunkRows;
        score(panel, part * part_panels, std::min(count, (part + 1) * part_panels), begin,
              std::min(rows, begin + kChunkRows), selectors.data() + part * rows);
      });
    }
    return finish(first_row, rows, parts, selectors);
  }

  // [row tile][K][tile rows]; the rows that fill up the last tile are zero.
  void pack_queries(std::int64_t first_row, std::int64_t rows) {
    parallel_for(ctx_.pool(), ceil_div(rows, tile_rows_), 8, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t tile = begin; tile < end; ++tile) {
        float* target = queries_.data() + tile * tile_rows_ * factors_;
        for (std::int64_t r = 0; r < tile_rows_; ++r) {
          const std::int64_t row = tile * tile_rows_ + r;
          const float* source = row < rows ? args_.queries.row(first_row + row) : nullptr;
          for (std::int64_t k = 0; k < factors_; ++k) target[k * tile_rows_ + r] = source != nullptr ? source[k] : 0.0F;
        }
      }
    });
  }

  // [panel][K][tile columns]; the columns that fill up the last panel are zero.
  void pack_items(std::int64_t first_panel, std::int64_t count) {
    parallel_for(ctx_.pool(), count, 8, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t panel = begin; panel < end; ++panel) {
        float* target = slab_.data() + panel * tile_columns_ * factors_;
        for (std::int64_t column = 0; column < tile_columns_; ++column) {
          const std::int64_t candidate = (first_panel + panel) * tile_columns_ + column;
          const bool real = candidate < candidates_;
          const float* source = real ? args_.items.row(item(candidate)) : nullptr;
          for (std::int64_t k = 0; k < factors_; ++k) target[k * tile_columns_ + column] = real ? source[k] : 0.0F;
          if (args_.item_bias.data() != nullptr) {
            bias_.data()[panel * tile_columns_ + column] = real ? args_.item_bias(item(candidate)) : 0.0F;
          }
        }
      }
    });
  }

  // Panels [begin, end) of the slab against rows [row_begin, row_end) of the block.
  void score(std::int64_t first_panel, std::int64_t begin, std::int64_t end, std::int64_t row_begin,
             std::int64_t row_end, RowSelector* selectors) const {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t first = (first_panel + panel) * tile_columns_;
      const std::int64_t columns = std::min(tile_columns_, candidates_ - first);
      for (std::int64_t row = row_begin; row < row_end; row += tile_rows_) {
        HWY_DYNAMIC_DISPATCH(score_tile)
        (queries_.data() + row * factors_, slab_.data() + panel * tile_columns_ * factors_,
         bias_.data() + panel * tile_columns_, factors_, selectors + row, std::min(tile_rows_, row_end - row), columns,
         first, args_.allowed.empty() ? nullptr : args_.allowed.data());
      }
    }
  }

  std::int64_t finish(std::int64_t first_row, std::int64_t rows, std::int64_t parts,
                      std::vector<RowSelector>& selectors) {
    std::vector<std::uint8_t> tied(static_cast<std::size_t>(rows));
    std::vector<std::int32_t> nan_items(static_cast<std::size_t>(rows), -1);
    parallel_for(ctx_.pool(), rows, 8, [&](std::int64_t begin, std::int64_t end, int) {
      std::vector<std::uint64_t> merged;
      for (std::int64_t row = begin; row < end; ++row) {
        merged.clear();
        std::int32_t nan_item = -1;
        for (std::int64_t part = 0; part < parts; ++part) {
          const RowSelector& selector = selectors[static_cast<std::size_t>(part * rows + row)];
          merged.insert(merged.end(), selector.keys, selector.keys + selector.count);
          if (selector.nan_item >= 0 && (nan_item < 0 || selector.nan_item < nan_item)) nan_item = selector.nan_item;
        }
        nan_items[static_cast<std::size_t>(row)] = nan_item;
        tied[static_cast<std::size_t>(row)] =
            write_row(merged.data(), static_cast<std::int64_t>(merged.size()), k_, args_.top_items.row(first_row + row),
                      args_.top_scores.row(first_row + row));
      }
    });
    return sum_ties(tied, nan_items, first_row, "topk");
  }

  const Context& ctx_;
  const TopK& args_;
  std::int64_t factors_ = 0;
  std::int64_t candidates_ = 0;
  std::int64_t k_ = 0;
  std::int64_t tile_rows_ = 0;
  std::int64_t tile_columns_ = 0;
  std::int64_t capacity_ = 0;
  std::int64_t block_rows_ = 0;
  std::int64_t slab_panels_ = 0;
  Tensor<float, 1> slab_;
  Tensor<float, 1> bias_;
  Tensor<float, 1> queries_;
  Tensor<std::uint64_t, 1> keys_;
};

}  // namespace

std::int64_t topk(const Context& ctx, const TopK& args) { return TopKJob(ctx, args).run(); }

std::int64_t select_topk(const Context& ctx, const SelectTopK& args) {
  const std::int64_t rows = args.scores.size(0);
  const std::int64_t items = args.scores.size(1);
  const std::int64_t k = args.top_items.size(1);
  const std::int64_t candidates = args.allowed.empty() ? items : static_cast<std::int64_t>(args.allowed.size());
  const std::int64_t capacity = RowSelector::capacity_for(k + 1, candidates);
  std::vector<std::uint8_t> tied(static_cast<std::size_t>(rows));
  std::vector<std::int32_t> nan_items(static_cast<std::size_t>(rows), -1);
  Tensor<std::uint64_t, 2> keys(ctx, {ctx.threads(), capacity}, "topk.candidates");
  parallel_for(ctx.pool(), rows, 1, [&](std::int64_t row, std::int64_t, int thread) {
    RowSelector selector;
    selector.keys = keys.view().row(thread);
    selector.capacity = capacity;
    selector.keep = std::min(k + 1, capacity);
    start_excluded(selector, args.excluded, row);
    const float* scores = args.scores.row(row);
    if (args.allowed.empty()) {
      HWY_DYNAMIC_DISPATCH(scan_row)(scores, items, selector);
    } else {
      for (const std::int32_t item : args.allowed) selector.offer(scores[item], item);
    }
    nan_items[static_cast<std::size_t>(row)] = selector.nan_item;
    tied[static_cast<std::size_t>(row)] =
        write_row(selector.keys, selector.count, k, args.top_items.row(row), args.top_scores.row(row));
  });
  return sum_ties(tied, nan_items, 0, "select_topk");
}

}  // namespace kindred::cpu

#endif  // HWY_ONCE
