// SPDX-License-Identifier: Apache-2.0
// In a build without CUDA every operation's cuda:: function is one line of kernels/no_cuda.cpp.
#pragma once

#include "kernels/core/check.h"

#define KINDRED_NO_CUDA(signature, name)                                                                          \
  signature {                                                                                                     \
    ::kindred::fail(::kindred::ErrorKind::device, "{}: built without CUDA (configure with --preset cuda)", name); \
  }
