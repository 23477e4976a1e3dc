// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_rows.h"

#include <cstdlib>
#include <new>

namespace kindred::cpu {

void AlsScratch::Free::operator()(float* memory) const { std::free(memory); }

float* AlsScratch::floats(int slot, std::int64_t floats) {
  if (size_[slot] < floats) {
    constexpr std::size_t kAlignment = 64;
    const std::size_t bytes =
        (static_cast<std::size_t>(floats) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
    memory_[slot].reset();
    memory_[slot].reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes)));
    size_[slot] = 0;
    if (memory_[slot] == nullptr) throw std::bad_alloc();
    size_[slot] = floats;
  }
  return memory_[slot].get();
}

}  // namespace kindred::cpu
