// SPDX-License-Identifier: Apache-2.0
// Where the parts of an ALS model lie, decided before anything is allocated: factors and work space on the device; the
// interactions too where they fit, else streamed (als_interactions.h).
#pragma once

#include "trainer/models/memory_plan.h"

#include <cstdint>

namespace kindred {

struct AlsMemory {
  MemoryPlan plan;
  std::int64_t block_bytes = 0;  // of streamed interactions; 0: they are kept on the device
};

AlsMemory plan_als_memory(const Context& ctx, const AlsConfig& config, const Dataset& data);
// With so much memory instead of what the device has.
AlsMemory plan_als_memory(const Context& ctx, const AlsConfig& config, const Dataset& data,
                          std::int64_t available_bytes);

}  // namespace kindred
