// SPDX-License-Identifier: Apache-2.0
// What a model will take of its device's memory, known before anything is allocated: `kindred train --plan` prints it,
// and training that does not fit stops with these numbers.
#pragma once

#include "kernels/core/context.h"
#include "trainer/config/config.h"
#include "trainer/data/dataset.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct MemoryPart {
  std::string what;  // "user factors"
  std::int64_t bytes = 0;
};

struct MemoryPlan {
  std::string device;             // "cuda:0"
  std::vector<MemoryPart> parts;  // held at the same time, at the peak of training
  std::int64_t available_bytes = 0;
  std::int64_t streamed_bytes = 0;  // interactions that are copied to the device anew in each pass, a block at a time

  std::int64_t total_bytes() const;
  bool fits() const { return total_bytes() <= available_bytes; }
};

// Reads the sizes of the dataset alone; make_model must not have been called yet. Parts below a few MB are left out.
MemoryPlan plan_memory(const Context& ctx, const ModelConfig& config, const Dataset& data);

// "needs 3.1 GiB on cuda:0 (1.0 GiB user factors, ...), 2.0 GiB are available"
std::string to_text(const MemoryPlan& plan);
// Throws Error(device) "<what> needs ...; <advice>" when the plan does not fit.
void require_memory(const MemoryPlan& plan, std::string_view what, std::string_view advice);

}  // namespace kindred
