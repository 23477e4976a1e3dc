// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/als_interactions.h"

#include "kernels/core/tensor.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace kindred {

namespace {

std::int64_t bytes_of(const CsrView& matrix, std::int64_t begin, std::int64_t end) {
  const std::int64_t entries = matrix.end(end - 1) - matrix.begin(begin);
  return (end - begin + 1) * 8 + entries * (matrix.has_values() ? 8 : 4);
}

// First rows of the blocks, and one past the last row.
std::vector<std::int64_t> block_borders(const CsrView& matrix, std::int64_t block_bytes) {
  std::vector<std::int64_t> borders{0};
  while (borders.back() < matrix.rows) {
    std::int64_t end = borders.back() + 1;
    // Row lengths differ: as many rows as fit, by bisection over the offsets.
    std::int64_t too_many = matrix.rows + 1;
    while (too_many - end > 1) {
      const std::int64_t middle = end + (too_many - end) / 2;
      (bytes_of(matrix, borders.back(), middle) <= block_bytes ? end : too_many) = middle;
    }
    borders.push_back(end);
  }
  return borders;
}

struct Largest {
  std::int64_t rows = 0;
  std::int64_t entries = 0;
};

Largest largest_of(const CsrView& matrix, const std::vector<std::int64_t>& borders) {
  Largest largest;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    largest.rows = std::max(largest.rows, borders[i + 1] - borders[i]);
    largest.entries = std::max(largest.entries, matrix.end(borders[i + 1] - 1) - matrix.begin(borders[i]));
  }
  return largest;
}

struct BlockBuffers {
  Tensor<std::int64_t, 1> offsets;
  Tensor<std::int32_t, 1> ids;
  Tensor<float, 1> values;
};

}  // namespace

AlsInteractions::AlsInteractions(const CsrView& host, std::string purpose, std::int64_t block_bytes)
    : host_(host), purpose_(std::move(purpose)), block_bytes_(block_bytes) {}

void AlsInteractions::for_each_block(const Context& ctx, const Work& work) const {
  if (streamed()) {
    stream(ctx, work);
    return;
  }
  work(whole(ctx), 0);
}

void AlsInteractions::for_each_block_of_rows(const std::function<void(std::int64_t, std::int64_t)>& work) const {
  const std::vector<std::int64_t> borders =
      streamed() ? block_borders(host_, block_bytes_) : std::vector<std::int64_t>{0, host_.rows};
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) work(borders[i], borders[i + 1]);
}

const CsrView& AlsInteractions::whole(const Context& ctx) const {
  if (!whole_) whole_.emplace(ctx, host_, purpose_);
  return whole_->view();
}

void AlsInteractions::stream(const Context& ctx, const Work& work) const {
  const std::vector<std::int64_t> borders = block_borders(host_, block_bytes_);
  const Largest largest = largest_of(host_, borders);
  std::array<BlockBuffers, 2> buffers;
  for (BlockBuffers& buffer : buffers) {
    buffer.offsets = Tensor<std::int64_t, 1>(ctx, {largest.rows + 1}, purpose_ + ".offsets");
    buffer.ids = Tensor<std::int32_t, 1>(ctx, {largest.entries}, purpose_ + ".ids");
    if (host_.has_values()) buffer.values = Tensor<float, 1>(ctx, {largest.entries}, purpose_ + ".values");
  }
  if (!copies_) copies_.emplace(ctx.beside("als.interactions"));
  const Context& copies = *copies_;
  copies.wait_for(ctx);  // the buffers are there
  std::vector<std::int64_t> offsets;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    const std::int64_t first_row = borders[i];
    const std::int64_t rows = borders[i + 1] - first_row;
    const std::int64_t first_entry = host_.begin(first_row);
    const std::int64_t entries = host_.end(borders[i + 1] - 1) - first_entry;
    offsets.resize(static_cast<std::size_t>(rows) + 1);
    for (std::int64_t row = 0; row <= rows; ++row) {
      offsets[static_cast<std::size_t>(row)] = host_.offsets(first_row + row) - first_entry;
    }
    BlockBuffers& buffer = buffers[i % 2];
    CsrView block{.rows = rows,
                  .columns = host_.columns,
                  .offsets = buffer.offsets.view().slice(0, rows + 1),
                  .ids = buffer.ids.view().slice(0, entries),
                  .values = {}};
    copies.copy_from_host(buffer.offsets.data(), offsets.data(), (rows + 1) * 8);
    copies.copy_from_host(buffer.ids.data(), host_.ids.data() + first_entry, entries * 4);
    if (host_.has_values()) {
      copies.copy_from_host(buffer.values.data(), host_.values.data() + first_entry, entries * 4);
      block.values = buffer.values.view().slice(0, entries);
    }
    // The next copy goes to the buffers of the block before, whose work has been asked for; not to this block's.
    copies.wait_for(ctx);
    ctx.wait_for(copies);
    work(block, first_row);
  }
}

CsrView AlsInteractions::lengths(const Context& ctx) const {
  if (!streamed()) return whole(ctx);
  if (!offsets_) offsets_.emplace(ctx, host_.offsets, purpose_ + ".row_lengths");
  CsrView view = host_;
  view.offsets = offsets_->view();
  view.ids = {nullptr, host_.ids.sizes()};
  view.values = {};
  return view;
}

std::int64_t AlsInteractions::block_buffer_bytes(const CsrView& host, std::int64_t block_bytes) {
  const Largest largest = largest_of(host, block_borders(host, block_bytes));
  return 2 * ((largest.rows + 1) * 8 + largest.entries * (host.has_values() ? 8 : 4));
}

}  // namespace kindred
