// SPDX-License-Identifier: Apache-2.0
// Handlers of ld and st. Operands: a = base address (32 bits for shared memory, 64 for generic, either for local with
// its width in e), immediate = displacement, target = Access bits; loads write d (or `more`), stores read b (or
// `more`).
#pragma once

#include "tools/cudaemu/engine/code.h"

namespace cudaemu {

enum class MemoryPlace : std::uint8_t { generic, shared, local, kernel_parameter, call_parameter };

// Null when the combination does not exist.
Handler memory_handler(MemoryPlace place, ptx::Type type, bool write, int vector);

}  // namespace cudaemu
