// SPDX-License-Identifier: Apache-2.0
// How many blocks of a kernel fit a multiprocessor of compute capability 9.0 at once: the least of what blocks,
// threads, registers (handed out by warp in units of 256) and shared memory (in units of 128 bytes, 1 KB reserved)
// allow.
#pragma once

#include <cstddef>

#include "tools/cudaemu/engine/engine.h"

namespace cudaemu {

// Blocks of one multiprocessor; 0 when the block cannot run at all. `registers` of a thread, `threads` of a block.
int max_resident_blocks(const KernelTraits& kernel, int registers, int threads, std::size_t dynamic_shared_bytes);

}  // namespace cudaemu
