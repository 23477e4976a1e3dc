// SPDX-License-Identifier: Apache-2.0
// Which launch a block's serial number belongs to, for the other side of a race.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cudaemu {

class Grid;

void remember_launch(const Grid& grid, std::uint32_t first_serial);
bool same_launch(std::uint32_t serial, std::uint32_t other_serial);
// "thread (3,0,0) of block (1,0,0)", with the kernel when it is not the running one.
std::string describe_thread(std::uint32_t serial, std::uint32_t thread);
std::vector<std::string> lines_in_launch(std::uint32_t serial, std::uint32_t instruction);

}  // namespace cudaemu
