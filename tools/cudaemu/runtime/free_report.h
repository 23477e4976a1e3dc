// SPDX-License-Identifier: Apache-2.0
// What is said when the program frees what it may not: twice, inside an allocation, with the wrong call.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "tools/cudaemu/engine/memory.h"

namespace cudaemu {

// Reports anything but FreeResult::freed; the error that the call returns.
cudaError_t report_free(FreeResult result, const void* address, const std::string& call);

}  // namespace cudaemu
