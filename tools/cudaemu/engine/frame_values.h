// SPDX-License-Identifier: Apache-2.0
// Special registers: those that do not change while a frame lives are stored in it when it begins.
#pragma once

#include "tools/cudaemu/engine/warp.h"

namespace cudaemu {

void set_frame_values(Warp& warp, Frame& frame);
bool changes_while_running(ptx::SpecialRegister r);  // clocks: read by an instruction of their own
std::uint64_t read_clock(const Warp& warp, ptx::SpecialRegister r);

}  // namespace cudaemu
