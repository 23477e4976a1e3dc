// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/register_slots.h"

#include <algorithm>

#include "tools/cudaemu/engine/form.h"

namespace cudaemu {

RegisterSlots assign_register_slots(const ptx::Function& function) {
  RegisterSlots out;
  for (const ptx::Register& r : function.registers) {
    const Width width = width_of(r.type);
    const std::uint32_t bytes = width == Width::predicate ? 4 : static_cast<std::uint32_t>(bytes_of(width)) * kLanes;
    const std::uint32_t alignment = width == Width::predicate ? 4 : 64;
    out.bytes = (out.bytes + alignment - 1) / alignment * alignment;
    out.slots.push_back(out.bytes);
    out.bytes += bytes;
  }
  out.live_words = 32;
  return out;
}

}  // namespace cudaemu
