// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/free_report.h"

#include "tools/cudaemu/engine/report.h"

namespace cudaemu {

namespace {

const char* reason(FreeResult result) {
  switch (result) {
    case FreeResult::freed:
      return "freed";
    case FreeResult::unknown_address:
      return "the address is no allocation";
    case FreeResult::inside_allocation:
      return "the address lies inside an allocation, not at its start";
    case FreeResult::freed_before:
      return "the allocation was freed before";
    case FreeResult::wrong_kind:
      return "the memory is of another kind (device and host memory have their own calls)";
  }
  return "unknown";
}

}  // namespace

cudaError_t report_free(FreeResult result, const void* address, const std::string& call) {
  if (result == FreeResult::freed) return cudaSuccess;
  report(ReportKind::invalid_free, call + ": " + reason(result), {describe_address(address)});
  return cudaErrorInvalidValue;
}

}  // namespace cudaemu
