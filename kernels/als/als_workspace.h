// SPDX-License-Identifier: Apache-2.0
// What ALS takes of the device's memory beside its arguments, so that a run can tell before it starts whether it fits.
#pragma once

#include "kernels/core/context.h"

#include <cstdint>

namespace kindred {

// An upper bound, in bytes, of what als_half_step (in both directions), als_balance and als_objective hold at a time
// for U rows, I columns, nnz entries and K factors, cuBLAS's own work space included. On CUDA above K = 256: what it
// needs to run well; where more is free, it solves more rows at a time.
std::int64_t als_workspace_bytes(const Context& ctx, std::int64_t rows, std::int64_t columns, std::int64_t nnz,
                                 std::int64_t factors);

}  // namespace kindred
