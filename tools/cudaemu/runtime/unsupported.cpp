// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/unsupported.h"

#include <cuda_runtime_api.h>

#include <string>

#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/error_state.h"

int cudaemu_unsupported_call(const char* name) {
  cudaemu::report(cudaemu::ReportKind::unsupported_call, std::string(name) + " has no stand-in in cudaemu");
  return cudaemu::remember(cudaErrorNotSupported);
}
