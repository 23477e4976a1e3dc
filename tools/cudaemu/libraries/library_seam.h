// SPDX-License-Identifier: Apache-2.0
// What a stand-in of a library (cuBLAS; others as they come) may use of the runtime's stand-in. libcudart.so.13
// exports exactly this in addition to CUDA's own names.
//
// A stand-in is one shared object with the real SONAME in libraries/<name>/. Each of its entry points checks its
// arguments as the library does, then enqueues one operation that says which memory it reads and writes and computes in
// double. What it does not define stops with its name (cudaemu_library_calls in CMakeLists.txt).
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace cudaemu::library {

// A block of memory: `rows` pieces of `row_bytes`, `stride_bytes` apart (columns of a column-major matrix).
struct Region {
  const void* address = nullptr;
  std::size_t row_bytes = 0;
  std::size_t rows = 1;
  std::size_t stride_bytes = 0;
  const char* name = "";  // of the argument, for reports
};

struct Operation {
  std::string what;  // "cublasSgemm"
  std::vector<Region> reads, writes;
  std::function<void()> compute;  // uses view() on every address
  bool waits_for_others = false;  // a collective: other operations go on meanwhile
};

// Enqueues the operation in stream order. When it runs, every region must lie in live memory, what is read must have
// been written, and races with other streams are reported; then it computes, and what it writes counts as written.
cudaError_t enqueue(cudaStream_t stream, Operation operation);

// Where host code finds the bytes at an address that the program uses.
std::byte* view(const void* address);
bool on_device(const void* address);

// A call that the library would refuse, or that has no stand-in.
void report_invalid(const std::string& text);
void report_unsupported(const std::string& text);

}  // namespace cudaemu::library
