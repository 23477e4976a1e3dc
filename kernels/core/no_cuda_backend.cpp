// SPDX-License-Identifier: Apache-2.0
// A build without CUDA links this file in place of kernels/core/cuda.
#include "kernels/core/device_backend.h"
#include "kernels/core/device_info.h"

namespace kindred {

bool built_with_cuda() { return false; }
int cuda_device_count() { return 0; }
std::string why_no_cuda_device() { return "built without CUDA (configure with --preset cuda)"; }

CudaDeviceInfo cuda_device_info(int index) { fail(ErrorKind::device, "cuda:{}: {}", index, why_no_cuda_device()); }

std::shared_ptr<DeviceBackend> make_cuda_backend(int index, bool /*urgent*/) {
  fail(ErrorKind::device, "cuda:{}: {}", index, why_no_cuda_device());
}

}  // namespace kindred
