// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/libraries/library_seam.h"

#include <utility>

#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/stream.h"

namespace cudaemu::library {

namespace {

const char* piece(const Region& region, std::size_t row) {
  return static_cast<const char*>(region.address) + row * region.stride_bytes;
}

std::string label(const std::string& what, const Region& region) { return what + ", " + region.name; }

bool sound(const std::string& what, const Region& region) {
  for (std::size_t row = 0; row < region.rows; ++row) {
    if (!check_range(piece(region, row), region.row_bytes, label(what, region))) return false;
  }
  return true;
}

void read(const std::string& what, const Region& region) {
  for (std::size_t row = 0; row < region.rows; ++row) {
    access_range(piece(region, row), region.row_bytes, false);
    if (!options().checks.unwritten) continue;
    const std::optional<std::size_t> unwritten = first_unwritten(piece(region, row), region.row_bytes);
    if (!unwritten) continue;
    const std::string text = label(what, region);
    report(ReportKind::unwritten_read, text + ": reads device memory that nothing has written",
           {describe_address(piece(region, row) + *unwritten)}, text);
    return;
  }
}

void run(const Operation& operation) {
  for (const auto* regions : {&operation.reads, &operation.writes}) {
    for (const Region& region : *regions) {
      if (!sound(operation.what, region)) return;
    }
  }
  for (const Region& region : operation.reads) read(operation.what, region);
  for (const Region& region : operation.writes) {
    for (std::size_t row = 0; row < region.rows; ++row) {
      access_range(piece(region, row), region.row_bytes, true);
      mark_written(piece(region, row), region.row_bytes);
    }
  }
  operation.compute();
}

}  // namespace

cudaError_t enqueue(cudaStream_t stream, Operation operation) {
  std::string what = operation.what;
  const bool waits = operation.waits_for_others;
  return cudaemu::enqueue(stream, {cudaGraphNodeTypeKernel, std::move(what),
                                   [operation = std::move(operation)] { run(operation); }, waits});
}

std::byte* view(const void* address) { return host_view(address); }

bool on_device(const void* address) { return is_device_address(address); }

void report_invalid(const std::string& text) { report(ReportKind::invalid_call, text); }

void report_unsupported(const std::string& text) { report(ReportKind::unsupported_call, text); }

}  // namespace cudaemu::library
