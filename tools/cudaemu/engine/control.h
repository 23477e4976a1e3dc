// SPDX-License-Identifier: Apache-2.0
// Handlers of branches, calls, ends, barriers and fences. The compiler fills the operands:
//   branch: target · branch_table: a = index, target = table · call_function: target = call · call_indirect: a =
//   address barrier: a = number, b = count or none, c = predicate or none, d = result, small = 'p' popc, 'a' and, 'o'
//   or, 0 fence: immediate = Access scope bits
#pragma once

#include "tools/cudaemu/engine/code.h"

namespace cudaemu {

void branch(Warp& w, const Instruction& in, LaneMask mask);
void branch_table(Warp& w, const Instruction& in, LaneMask mask);
void call_function(Warp& w, const Instruction& in, LaneMask mask);
void call_indirect(Warp& w, const Instruction& in, LaneMask mask);
void call_builtin(Warp& w, const Instruction& in, LaneMask mask);
void return_from(Warp& w, const Instruction& in, LaneMask mask);
void exit_thread(Warp& w, const Instruction& in, LaneMask mask);
void trap(Warp& w, const Instruction& in, LaneMask mask);
void unsupported(Warp& w, const Instruction& in, LaneMask mask);
void block_barrier(Warp& w, const Instruction& in, LaneMask mask);
void block_barrier_arrive(Warp& w, const Instruction& in, LaneMask mask);
void fence(Warp& w, const Instruction& in, LaneMask mask);
void nanosleep(Warp& w, const Instruction& in, LaneMask mask);
void no_operation(Warp& w, const Instruction& in, LaneMask mask);
void read_clock_register(Warp& w, const Instruction& in, LaneMask mask);  // small = SpecialRegister

bool is_builtin(std::string_view name);  // vprintf, __assertfail, malloc, free

}  // namespace cudaemu
