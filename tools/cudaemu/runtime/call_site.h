// SPDX-License-Identifier: Apache-2.0
// Where the program called in, for messages: "cudaMalloc at trainer+0x1581" (addr2line -e trainer 0x1581 tells the
// line).
#pragma once

#include <string>

namespace cudaemu {

// `return_address`: __builtin_return_address(0) of the entry point.
std::string call_site(const char* call, const void* return_address);

}  // namespace cudaemu
