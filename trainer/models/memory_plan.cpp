// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/memory_plan.h"

#include "kernels/core/check.h"

#include <fmt/format.h>

namespace kindred {

namespace {

double gib(std::int64_t bytes) { return static_cast<double>(bytes) / 0x1p30; }

}  // namespace

std::int64_t MemoryPlan::total_bytes() const {
  std::int64_t total = 0;
  for (const MemoryPart& part : parts) total += part.bytes;
  return total;
}

std::string to_text(const MemoryPlan& plan) {
  std::string parts;
  for (const MemoryPart& part : plan.parts) {
    parts += fmt::format("{}{:.2f} GiB {}", parts.empty() ? "" : ", ", gib(part.bytes), part.what);
  }
  return fmt::format("needs {:.2f} GiB on {} ({}), {:.2f} GiB are available", gib(plan.total_bytes()), plan.device,
                     parts, gib(plan.available_bytes));
}

void require_memory(const MemoryPlan& plan, std::string_view what, std::string_view advice) {
  if (!plan.fits()) fail(ErrorKind::device, "{} {}; {}", what, to_text(plan), advice);
}

}  // namespace kindred
