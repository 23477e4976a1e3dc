// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/call_site.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace cudaemu {

std::string call_site(const char* call, const void* return_address) {
  Dl_info info;
  if (dladdr(return_address, &info) == 0 || info.dli_fname == nullptr) return call;
  std::string_view file = info.dli_fname;
  file.remove_prefix(file.rfind('/') + 1);
  // One byte back lies in the call itself, so that the line is the call's and not the next.
  const auto offset =
      reinterpret_cast<std::uintptr_t>(return_address) - reinterpret_cast<std::uintptr_t>(info.dli_fbase) - 1;
  char text[32];
  std::snprintf(text, sizeof text, "+0x%llx", static_cast<unsigned long long>(offset));
  return std::string(call) + " at " + std::string(file) + text;
}

}  // namespace cudaemu
