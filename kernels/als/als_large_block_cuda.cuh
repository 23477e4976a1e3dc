// SPDX-License-Identifier: Apache-2.0
// One block of a large system, summed up in the registers of 8 warps:
//     S_ip = background + l_u I + sum_j q_j y_j[i] y_j[p]' - sum_{q < p} L_iq L_pq'
// Warp (r, c) of 2 x 4 holds rows 64 r ... and columns 32 c ... of the block. One ring of stages feeds both sums: 32
// columns of both block rows of L, then 32 entries of both column ranges of Y, copied 2 (off the diagonal) or 4 stages
// ahead. On the diagonal both factors are the same, and the two warps above it sum up the right-hand side instead:
//     b_p = sum_j r_j y_j[p] - sum_{q < p} L_pq z_q
#pragma once

#include "kernels/als/als_large_cuda.cuh"

namespace kindred::cuda {

constexpr int kWarpRows = 4;                // tiles of a warp
constexpr int kWarpColumns = 2;             //
constexpr int kSumStride = kBlockSize + 4;  // floats between the rows of a block in shared memory
constexpr int kSumBytes = 4 * kBlockSize * kSumStride;

using BlockSums = float[kWarpRows][kWarpColumns][8];

template <bool diagonal, int planes>
struct BlockStages {
  static constexpr int kSides = diagonal ? 1 : 2;
  static constexpr int kSideChunks = planes * kBlockSize / 8;  // 16-byte pieces of an entry in one range of columns
  static constexpr int kChunks = kSides * kSideChunks;
  static constexpr int kEntryBytes = 16 * kChunks + 16;
  static constexpr int kSideBytes = 2 * kColumnBytes;         // of L
  static constexpr int kFactorBytes = kSides * kSideBytes;    // then, on the diagonal, 32 numbers of z
  static constexpr int kBytes = kFactorBytes + 512 * planes;  // of a stage, of either kind
  static constexpr int kStages = diagonal ? 5 : 3;
  static constexpr int kRingBytes = kStages * kBytes;
  static_assert(kBytes >= kStageEntries * kEntryBytes && kRingBytes <= kSumBytes + kDiagonalBytes);
};

struct BlockPlace {
  int lane;
  int warp;
  int r;
  int c;
  __device__ explicit BlockPlace(int thread) : lane(thread & 31), warp(__shfl_sync(0xFFFFFFFFU, thread >> 5, 0)) {
    r = warp / 4;
    c = warp % 4;
  }
  // These warps' tiles lie above the diagonal of a diagonal block.
  __device__ bool above() const { return r == 0 && c >= 2; }
};

// Calls act(a, b, quarter, row, column) for each pair of sums that a lane holds; the pair is (row, column) and the
// next.
template <typename Act>
__device__ inline void for_sums(const BlockPlace& place, Act act) {
#pragma unroll
  for (int a = 0; a < kWarpRows; ++a) {
#pragma unroll
    for (int b = 0; b < kWarpColumns; ++b) {
#pragma unroll
      for (int quarter = 0; quarter < 4; ++quarter) {
        const int row = kTile * (kWarpRows * place.r + a) + 8 * (quarter & 1) + (place.lane >> 2);
        const int column = kTile * (kWarpColumns * place.c + b) + 8 * (quarter >> 1) + 2 * (place.lane & 3);
        act(a, b, quarter, row, column);
      }
    }
  }
}

constexpr int kFactorColumns = 32;  // of L in a stage

// Which block of whose system. It stands in shared memory: the registers are full.
struct BlockInput {
  std::int64_t begin;  // the row's entries
  std::int32_t count;
  std::int32_t row;
  std::int32_t slot;  // in the batch
  std::int32_t i;
  std::int32_t p;
  std::int32_t factor_stages;  // stages of L come first
  std::int32_t stages;

  __device__ BlockInput(const LargeBatch& batch, std::int32_t slot_of_row, std::int32_t row_of_batch, int i_block,
                        int p_block)
      : begin(batch.rows.csr.begin(row_of_batch)),
        count(static_cast<std::int32_t>(batch.rows.csr.end(row_of_batch) - begin)),
        row(row_of_batch),
        slot(slot_of_row),
        i(i_block),
        p(p_block),
        factor_stages(p_block * (kBlockSize / kFactorColumns)),
        stages(factor_stages + (count + kStageEntries - 1) / kStageEntries) {}
};

// Entries [32 stage, 32 stage + 32) of the row; lane n holds the id of entry n, -1 where there is none.
template <bool diagonal, int planes>
__device__ inline void gather_entries(const LargeBatch& batch, const BlockInput& in, std::int32_t id,
                                      std::uint32_t stage, int thread) {
  using Stages = BlockStages<diagonal, planes>;
  const int size = batch.blocks * kBlockSize;
#pragma unroll
  for (int first = 0; first < kStageEntries * Stages::kChunks; first += kLargeThreads) {
    const int entry = (first + thread) / Stages::kChunks;
    const int chunk = (first + thread) % Stages::kChunks;
    const int range = chunk < Stages::kSideChunks ? in.i : in.p;
    const int plane = chunk / (kBlockSize / 8) % planes;
    const std::int32_t row = __shfl_sync(0xFFFFFFFFU, id, entry);
    const std::int64_t from =
        (std::int64_t{row < 0 ? 0 : row} * planes + plane) * size + range * kBlockSize + 8 * (chunk % (kBlockSize / 8));
    copy_async(stage + entry * Stages::kEntryBytes + 16 * chunk, batch.rows.y + from, row >= 0);
  }
}

// 32 columns of L, and the numbers of z that belong to them.
template <bool diagonal, int planes>
__device__ inline void copy_columns(const LargeBatch& batch, const BlockInput& in, int stage_index, std::uint32_t stage,
                                    int thread) {
  using Stages = BlockStages<diagonal, planes>;
  const std::int64_t from = std::int64_t{stage_index} * Stages::kSideBytes + 16 * thread;
#pragma unroll
  for (int side = 0; side < Stages::kSides; ++side) {
    const std::byte* columns = large_block(batch, in.slot, side == 0 ? in.i : in.p, 0) + from;
#pragma unroll
    for (int byte = 0; byte < Stages::kSideBytes; byte += 16 * kLargeThreads) {
      copy_async(stage + side * Stages::kSideBytes + byte + 16 * thread, columns + byte, true);
    }
  }
  if (diagonal && thread < 8) {
    copy_async(stage + Stages::kFactorBytes + 16 * thread,
               large_forward(batch, in.slot) + stage_index * kFactorColumns + 4 * thread, true);
  }
}

// 16 entries of a stage. The right-hand side of tile row a stands in the first half of tile[a][0], as three columns.
template <bool diagonal, int planes>
__device__ inline void add_gathered(std::uint32_t entries, const EntryWeights& weights, bool weighted,
                                    const BlockPlace& place, BlockSums& tile) {
  using Stages = BlockStages<diagonal, planes>;
  const int lane = place.lane;
  constexpr int kPlane = 2 * kBlockSize;
  // The row of 16 bytes (an entry's 8 factors) that this lane gives for a transposed load.
  const std::uint32_t left_base = entries + ((lane & 7) + 8 * (lane >> 4)) * Stages::kEntryBytes + 2 * (lane & 8);
  const std::uint32_t right_base = entries + ((lane & 7) + (lane & 8)) * Stages::kEntryBytes + 16 * (lane >> 4) +
                                   (diagonal ? 0 : 16 * Stages::kSideChunks);
  if (diagonal && place.above()) {
#pragma unroll
    for (int a = 0; a < kWarpRows; ++a) {
#pragma unroll
      for (int plane = 0; plane < planes; ++plane) {
        const int tile_row = kWarpRows * (place.c - 2) + a;
        LeftFragment left[1] = {
            load_matrix_transposed<LeftFragment>(left_base + 2 * kTile * tile_row + plane * kPlane)};
        if (weighted && planes == 1) scale_left<1>(left, weights.root);
        multiply_add(tile[a][0], left[0], weights.r0, weights.r1);
      }
    }
    return;
  }
  RightFragment right[kWarpColumns][planes];
#pragma unroll
  for (int b = 0; b < kWarpColumns; ++b) {
#pragma unroll
    for (int plane = 0; plane < planes; ++plane) {
      const int tile_column = kWarpColumns * place.c + b;
      right[b][plane] = load_matrix_transposed<RightFragment>(right_base + 2 * kTile * tile_column + plane * kPlane);
    }
    if (weighted) scale_right<planes>(right[b], weights.root);
  }
#pragma unroll
  for (int a = 0; a < kWarpRows; ++a) {
    LeftFragment left[planes];
#pragma unroll
    for (int plane = 0; plane < planes; ++plane) {
      const int tile_row = kWarpRows * place.r + a;
      left[plane] = load_matrix_transposed<LeftFragment>(left_base + 2 * kTile * tile_row + plane * kPlane);
    }
    if (weighted) scale_left<planes>(left, weights.root);
#pragma unroll
    for (int b = 0; b < kWarpColumns; ++b) {
      if constexpr (planes == 1) {
        multiply_add(tile[a][b], left[0], right[b][0]);
      } else {
        multiply_add(tile[a][b], Split<LeftFragment>{left[0], left[1]}, Split<RightFragment>{right[b][0], right[b][1]});
      }
    }
  }
}

// 16 columns of L: one tile column of each side. z: the 16 numbers that the right-hand side's part takes.
template <bool diagonal>
__device__ inline void add_columns(std::uint32_t left_side, std::uint32_t right_side, const float* z,
                                   const BlockPlace& place, BlockSums& tile) {
  const int lane = place.lane;
  const std::uint32_t left_base = left_side + left_offset(lane);
  if (diagonal && place.above()) {
    const ColumnFragment column = column_fragment(z, lane);
#pragma unroll
    for (int a = 0; a < kWarpRows; ++a) {
      const auto left = load_split_tile<LeftFragment>(left_base + (kWarpRows * (place.c - 2) + a) * kSplitTileBytes);
      multiply_add(tile[a][0], left.lo, column.first, column.second);
      multiply_add(tile[a][0], left.hi, column.first, column.second);
    }
    return;
  }
  Split<RightFragment> right[kWarpColumns];
#pragma unroll
  for (int b = 0; b < kWarpColumns; ++b) {
    right[b] = load_split_tile<RightFragment>(right_side + right_offset(lane) +
                                              (kWarpColumns * place.c + b) * kSplitTileBytes);
  }
#pragma unroll
  for (int a = 0; a < kWarpRows; ++a) {
    const auto left = load_split_tile<LeftFragment>(left_base + (kWarpRows * place.r + a) * kSplitTileBytes);
#pragma unroll
    for (int b = 0; b < kWarpColumns; ++b) multiply_add(tile[a][b], left, right[b]);
  }
}

// tile = background + l_u I - tile; of the right-hand side's warps, -tile.
template <bool diagonal>
__device__ inline void subtract_from_background(const LargeBatch& batch, const BlockInput& in, const BlockPlace& place,
                                                BlockSums& tile) {
  if (diagonal && place.above()) {
#pragma unroll
    for (int n = 0; n < 4 * kWarpRows; ++n) tile[n / 4][0][n % 4] = -tile[n / 4][0][n % 4];
    return;
  }
  const int g = place.lane >> 2;
  const int t = place.lane & 3;
  const int first_row = kTile * kWarpRows * place.r + g;
  const int first_column = kTile * kWarpColumns * place.c + 2 * t;
  const std::int64_t size = std::int64_t{batch.blocks} * kBlockSize;
  const float* from = batch.rows.background + (in.i * kBlockSize + first_row) * size + in.p * kBlockSize + first_column;
  const float penalty = diagonal ? batch.rows.penalty[in.row] : 0.0F;
#pragma unroll
  for (int a = 0; a < kWarpRows; ++a) {
#pragma unroll
    for (int quarter = 0; quarter < 4; ++quarter) {  // in the order 0, 2, 1, 3: row by row
      const int q = (quarter >> 1) + 2 * (quarter & 1);
#pragma unroll
      for (int b = 0; b < kWarpColumns; ++b) {
        const int column = kTile * b + 8 * (q >> 1);
        const int right = first_column + column - first_row - kTile * a - 8 * (q & 1);  // of the diagonal
        const float2 pair = __ldg(reinterpret_cast<const float2*>(from + column));
        float(&sum)[8] = tile[a][b];
        sum[2 * q] = pair.x + (diagonal && right == 0 ? penalty : 0.0F) - sum[2 * q];
        sum[2 * q + 1] = pair.y + (diagonal && right == -1 ? penalty : 0.0F) - sum[2 * q + 1];
      }
      if (quarter & 1) from += 8 * size;
    }
  }
}

// Leaves S_ip in `shared` as floats, rows kSumStride apart, and, on the diagonal, b_p in b [128] (outside of the ring);
// both visible to the whole block.
template <bool diagonal, int planes>
__device__ inline void sum_block(const LargeBatch& batch, const BlockInput& in, std::byte* shared, float* b,
                                 int thread) {
  using Stages = BlockStages<diagonal, planes>;
  constexpr int kAhead = Stages::kStages - 1;
  const AlsCudaRows& rows = batch.rows;
  const std::uint32_t ring = shared_address(shared);
  const bool weighted = !rows.plain;
  // Each lane reads the id of one entry of a stage, two stages before it is needed.
  const auto id_of = [&](int first) {
    const int lane = not_hoisted(thread) & 31;
    return first + lane < in.count ? __ldg(rows.csr.ids.data() + in.begin + first + lane) : -1;
  };
  const auto value_of = [&](int first) {
    const int lane = not_hoisted(thread) & 31;
    return rows.csr.has_values() && first + lane < in.count ? __ldg(rows.csr.values.data() + in.begin + first + lane)
                                                            : 1.0F;
  };
  std::int32_t id = id_of(0);
  std::int32_t id_next = id_of(kStageEntries);
  const auto fetch = [&](int stage) {
    const std::uint32_t to = ring + stage % Stages::kStages * Stages::kBytes;
    if (stage < in.factor_stages) {
      copy_columns<diagonal, planes>(batch, in, stage, to, not_hoisted(thread));
    } else if (stage < in.stages) {
      gather_entries<diagonal, planes>(batch, in, id, to, not_hoisted(thread));
      id = id_next;
      id_next = id_of(kStageEntries * (stage - in.factor_stages + 2));
    }
    commit_copies();
  };
#pragma unroll 1
  for (int stage = 0; stage < kAhead; ++stage) fetch(stage);
  float value = weighted ? value_of(0) : 1.0F;
  BlockSums tile = {};
#pragma unroll 1
  for (int stage = 0; stage < in.stages; ++stage) {
    const BlockPlace place(not_hoisted(thread));
    if (stage == in.factor_stages) subtract_from_background<diagonal>(batch, in, place, tile);
    wait_for_copies<kAhead - 1>();
    __syncthreads();  // everybody's copies have landed, and the stage before is free
    fetch(stage + kAhead);
    const int offset = stage % Stages::kStages * Stages::kBytes;
    if (stage < in.factor_stages) {
#pragma unroll 1
      for (int half = 0; half < kFactorColumns / kTile; ++half) {
        const std::uint32_t left = ring + offset + half * kColumnBytes;
        const float* z = reinterpret_cast<const float*>(shared + offset + Stages::kFactorBytes) + kTile * half;
        add_columns<diagonal>(left, left + (diagonal ? 0 : Stages::kSideBytes), z, place, tile);
      }
    } else {
      const int done = kStageEntries * (stage - in.factor_stages);
      const AlsEntry entry = als_entry(value, rows.form, rows.a0);
      if (weighted) value = value_of(done + kStageEntries);
#pragma unroll 1
      for (int first = 0; first < kStageEntries && done + first < in.count; first += kTile) {
        EntryWeights weights{};
        if (weighted) {
          weights = entry_weights<planes>(entry, first, place.lane);
        } else {
          weights.r0 = weights.r1 = place.lane < 4 ? 0x3F803F80U : 0U;  // 1, 1
        }
        add_gathered<diagonal, planes>(ring + offset + first * Stages::kEntryBytes, weights, weighted, place, tile);
      }
    }
  }
  wait_for_copies<0>();
  __syncthreads();
  const BlockPlace place(not_hoisted(thread));
  float* sums = reinterpret_cast<float*>(shared);
  for_sums(place, [&](int a, int b_tile, int quarter, int row, int column) {
    *reinterpret_cast<float2*>(sums + row * kSumStride + column) = {tile[a][b_tile][2 * quarter],
                                                                    tile[a][b_tile][2 * quarter + 1]};
  });
  if (diagonal && place.above()) {
#pragma unroll
    for (int a = 0; a < kWarpRows; ++a) {
      const float columns[4] = {tile[a][0][0], tile[a][0][1], tile[a][0][2], tile[a][0][3]};
      store_rhs(columns, b + kTile * (kWarpRows * (place.c - 2) + a), place.lane);
    }
  }
  __syncthreads();
}

// A tile of the sums as a warp's accumulator.
__device__ inline void load_sums(const std::byte* shared, int tile_row, int tile_column, float (&sum)[8], int lane) {
  const float* corner = reinterpret_cast<const float*>(shared) + (kTile * tile_row + (lane >> 2)) * kSumStride +
                        kTile * tile_column + 2 * (lane & 3);
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    const float2 pair = *reinterpret_cast<const float2*>(corner + 8 * (quarter & 1) * kSumStride + 8 * (quarter >> 1));
    sum[2 * quarter] = pair.x;
    sum[2 * quarter + 1] = pair.y;
  }
}

}  // namespace kindred::cuda
