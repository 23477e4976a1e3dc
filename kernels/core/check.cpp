// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/check.h"

#include <cstdio>
#include <cstdlib>

namespace kindred {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s (this is a bug in Kindred)\n", file, line, condition);
  std::abort();
}

}  // namespace kindred
