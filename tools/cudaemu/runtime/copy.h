// SPDX-License-Identifier: Apache-2.0
// Copies and fills between host and device memory, of `height` rows (1 for plain ones), as work for a stream.
//
// When a call returns is CUDA's: a copy from pageable memory has read its source (it is staged); a copy to pageable
// memory is over; a copy between device memories or from pinned memory by an asynchronous call has only been enqueued.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "tools/cudaemu/runtime/operation.h"

namespace cudaemu {

struct Copy {
  const char* call = "";  // for reports
  void* destination = nullptr;
  const void* source = nullptr;
  std::size_t width = 0;  // bytes of a row
  std::size_t height = 1;
  std::size_t destination_pitch = 0, source_pitch = 0;  // of rows, when there are several
  cudaMemcpyKind kind = cudaMemcpyDefault;
};

struct Fill {
  const char* call = "";
  void* destination = nullptr;
  int value = 0;
  std::size_t element = 1;  // bytes: 1, 2 or 4, of which the low bytes of `value` are stored
  std::size_t width = 0;    // bytes of a row
  std::size_t height = 1;
  std::size_t pitch = 0;
};

// Check the arguments (wrong ones are reported) and make the work. `staged`: the source is read now.
cudaError_t make_copy_work(const Copy& copy, bool staged, Work& work);
cudaError_t make_fill_work(const Fill& fill, Work& work);

cudaError_t copy_in_stream(const Copy& copy, cudaStream_t stream);   // cudaMemcpyAsync and its like
cudaError_t copy_and_return(const Copy& copy, cudaStream_t stream);  // cudaMemcpy and its like
cudaError_t fill_in_stream(const Fill& fill, cudaStream_t stream);

}  // namespace cudaemu
