// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/cuda_backend.h"

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"
#include "kernels/core/device_info.h"

#include <cstdint>
#include <limits>

namespace kindred {

namespace cuda {

namespace {

constexpr int kLeastCapability = 80;                                  // bf16, cp.async
constexpr std::int64_t kBlasWorkspaceBytes = std::int64_t{32} << 20;  // what cuBLAS asks for on compute capability 9.0

int attribute_of(cudaDeviceAttr attribute, int index) {
  int value = 0;
  KINDRED_CUDA_TRY(cudaDeviceGetAttribute(&value, attribute, index));
  return value;
}

CudaBackend& backend_of(const Context& ctx) {
  KINDRED_CHECK(ctx.device().type == DeviceType::cuda, "a CUDA operation was called with a context on {}",
                ctx.device().name());
  auto& backend = static_cast<CudaBackend&>(ctx.backend());
  backend.make_current();
  return backend;
}

}  // namespace

void cuda_failed(const char* call, cudaError_t code, const char* file, int line) {
  cudaGetLastError();  // so that the next call does not report it again
  fail(ErrorKind::device, "{}:{}: {} failed: {}: {}", file, line, call, cudaGetErrorName(code),
       cudaGetErrorString(code));
}

void cublas_failed(const char* call, cublasStatus_t code, const char* file, int line) {
  fail(ErrorKind::device, "{}:{}: {} failed: {}", file, line, call, cublasGetStatusString(code));
}

CudaBackend::CudaBackend(int index, bool urgent) : index_(index) {
  const int count = cuda_device_count();
  if (count == 0) fail(ErrorKind::device, "cuda:{}: {}", index, why_no_cuda_device());
  if (index < 0 || index >= count) {
    fail(ErrorKind::device, "cuda:{}: no such device, there {} {} (cuda:0 to cuda:{})", index,
         count == 1 ? "is" : "are", count, count - 1);
  }
  compute_capability_ = 10 * attribute_of(cudaDevAttrComputeCapabilityMajor, index) +
                        attribute_of(cudaDevAttrComputeCapabilityMinor, index);
  if (compute_capability_ < kLeastCapability) {
    fail(ErrorKind::device, "cuda:{}: compute capability {}.{}, Kindred needs 8.0 (A100, RTX 30) or newer", index,
         compute_capability_ / 10, compute_capability_ % 10);
  }
  sm_count_ = attribute_of(cudaDevAttrMultiProcessorCount, index);
  try {
    make_current();
    int least = 0;
    int greatest = 0;
    KINDRED_CUDA_TRY(cudaDeviceGetStreamPriorityRange(&least, &greatest));
    KINDRED_CUDA_TRY(cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking, urgent ? greatest : least));
    KINDRED_CUDA_TRY(cudaEventCreateWithFlags(&reached_, cudaEventDisableTiming));
    KINDRED_CUDA_TRY(cudaDeviceGetDefaultMemPool(&pool_, index_));
    // What is freed stays in the pool, for the next allocation.
    std::uint64_t keep = std::numeric_limits<std::uint64_t>::max();
    KINDRED_CUDA_TRY(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep));
  } catch (...) {
    destroy();
    throw;
  }
}

CudaBackend::~CudaBackend() { destroy(); }

// At the end of a process the driver may be gone already: errors say nothing.
void CudaBackend::destroy() noexcept {
  cudaSetDevice(index_);
  if (stream_ != nullptr) cudaStreamSynchronize(stream_);
  if (blas_ != nullptr) cublasDestroy(blas_);
  if (reached_ != nullptr) cudaEventDestroy(reached_);
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
}

void CudaBackend::make_current() const { KINDRED_CUDA_TRY(cudaSetDevice(index_)); }

void* CudaBackend::allocate(std::int64_t bytes) {
  make_current();
  void* memory = nullptr;
  cudaError_t code = cudaMallocAsync(&memory, static_cast<std::size_t>(bytes), stream_);
  if (code == cudaErrorMemoryAllocation) {
    // What is queued may still free memory, and the pool may hold pieces that are too small.
    cudaGetLastError();
    synchronize();
    KINDRED_CUDA_TRY(cudaMemPoolTrimTo(pool_, 0));
    code = cudaMallocAsync(&memory, static_cast<std::size_t>(bytes), stream_);
    if (code == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      return nullptr;
    }
  }
  if (code != cudaSuccess) cuda_failed("cudaMallocAsync", code, __FILE__, __LINE__);
  return memory;
}

void CudaBackend::release(void* memory) noexcept {
  cudaSetDevice(index_);
  cudaFreeAsync(memory, stream_);
}

std::string CudaBackend::free_memory() const {
  make_current();
  std::size_t free = 0;
  std::size_t total = 0;
  KINDRED_CUDA_TRY(cudaMemGetInfo(&free, &total));
  return fmt::format("{:.1f} of {:.1f} MiB are free", static_cast<double>(available_bytes()) / 0x1p20,
                     static_cast<double>(total) / 0x1p20);
}

std::int64_t CudaBackend::available_bytes() const {
  make_current();
  std::size_t free = 0;
  std::size_t total = 0;
  KINDRED_CUDA_TRY(cudaMemGetInfo(&free, &total));
  // What the pool holds and nobody uses counts as free.
  std::uint64_t reserved = 0;
  std::uint64_t used = 0;
  KINDRED_CUDA_TRY(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrReservedMemCurrent, &reserved));
  KINDRED_CUDA_TRY(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrUsedMemCurrent, &used));
  return static_cast<std::int64_t>(free + (reserved - used));
}

void CudaBackend::copy_from_host(void* target, const void* host_source, std::int64_t bytes, ThreadPool& pool) {
  make_current();
  staging_.to_device(target, host_source, bytes, stream_, pool);
}

void CudaBackend::copy_to_host(void* host_target, const void* source, std::int64_t bytes, ThreadPool& pool) {
  make_current();
  staging_.to_host(host_target, source, bytes, stream_, pool);
}

void CudaBackend::copy_on_device(void* target, const void* source, std::int64_t bytes, ThreadPool& /*pool*/) {
  make_current();
  KINDRED_CUDA_TRY(cudaMemcpyAsync(target, source, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice, stream_));
}

void CudaBackend::fill_zero(void* target, std::int64_t bytes) {
  make_current();
  KINDRED_CUDA_TRY(cudaMemsetAsync(target, 0, static_cast<std::size_t>(bytes), stream_));
}

void CudaBackend::synchronize() {
  make_current();
  KINDRED_CUDA_TRY(cudaStreamSynchronize(stream_));
}

void CudaBackend::wait_for(DeviceBackend& other) {
  auto& first = static_cast<CudaBackend&>(other);
  make_current();
  KINDRED_CUDA_TRY(cudaEventRecord(first.reached_, first.stream_));
  KINDRED_CUDA_TRY(cudaStreamWaitEvent(stream_, first.reached_, 0));
}

void CudaBackend::create_blas(void* workspace, std::int64_t workspace_bytes) {
  make_current();
  KINDRED_CUBLAS_TRY(cublasCreate(&blas_));
  KINDRED_CUBLAS_TRY(cublasSetStream(blas_, stream_));
  // After the stream: setting it gives the handle the library's own workspace again.
  KINDRED_CUBLAS_TRY(cublasSetWorkspace(blas_, workspace, static_cast<std::size_t>(workspace_bytes)));
  KINDRED_CUBLAS_TRY(cublasSetMathMode(blas_, CUBLAS_DEFAULT_MATH));
}

cudaStream_t cuda_stream(const Context& ctx) { return backend_of(ctx).stream(); }
int cuda_sm_count(const Context& ctx) { return backend_of(ctx).sm_count(); }
int cuda_compute_capability(const Context& ctx) { return backend_of(ctx).compute_capability(); }

cublasHandle_t cublas_handle(const Context& ctx) {
  CudaBackend& backend = backend_of(ctx);
  if (backend.blas() == nullptr) {
    Buffer workspace = ctx.allocate(kBlasWorkspaceBytes, "cublas.workspace");
    backend.create_blas(workspace.data(), workspace.bytes());
    ctx.keep(std::move(workspace));
  }
  return backend.blas();
}

}  // namespace cuda

std::shared_ptr<DeviceBackend> make_cuda_backend(int index, bool urgent) {
  return std::make_shared<cuda::CudaBackend>(index, urgent);
}

}  // namespace kindred
