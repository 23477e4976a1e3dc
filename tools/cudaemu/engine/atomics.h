// SPDX-License-Identifier: Apache-2.0
// Handlers of atom and red. Operands: a = address, b = value, c = second value of cas, d = old value (or none),
// immediate = displacement, target = Access bits, e = width of the address register for shared memory.
#pragma once

#include "tools/cudaemu/engine/code.h"

namespace cudaemu {

// Null when the combination does not exist. `shared`: the address is an offset of 32 bits.
Handler atomic_handler(const ptx::Instruction& in, bool shared);

}  // namespace cudaemu
