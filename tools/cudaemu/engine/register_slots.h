// SPDX-License-Identifier: Apache-2.0
// Where each register of a function lives. Compilers make a new register for each value; those that are not alive at
// the same time share a slot, so that a warp's registers stay in the host's caches.
#pragma once

#include <vector>

#include "tools/cudaemu/engine/code.h"

namespace cudaemu {

struct RegisterSlots {
  std::vector<Slot> slots;  // by register
  std::uint32_t bytes = 0;
  int live_words = 0;  // most 32-bit words alive at one time: the estimate of KernelTraits::registers
};

RegisterSlots assign_register_slots(const ptx::Function& function);

}  // namespace cudaemu
