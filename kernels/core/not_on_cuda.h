// SPDX-License-Identifier: Apache-2.0
// An operation that has no CUDA version yet is one line of kernels/not_on_cuda.cpp.
#pragma once

#include "kernels/core/check.h"

#define KINDRED_NOT_ON_CUDA(signature, name) \
  signature { ::kindred::fail(::kindred::ErrorKind::device, "[{}] has no CUDA version: use device: cpu", name); }
