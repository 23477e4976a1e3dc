// SPDX-License-Identifier: Apache-2.0
// With CUDAEMU_STAT=PATH: what ran. Appended to the file when the process ends, one record a line, so that the files of
// several processes can be joined by adding up:
//
//   kernel <mangled name> <launches> <thread-instructions>
//   line <file>:<number> <1 = executed, 0 = not>     for each source line that the PTX of a launched kernel names
#pragma once

#include <cstdint>

#include "tools/cudaemu/engine/program.h"

namespace cudaemu {

void count_launch(Program& program, std::uint64_t thread_instructions);

}  // namespace cudaemu
