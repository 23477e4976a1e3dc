// SPDX-License-Identifier: Apache-2.0
// The emulated devices (CUDAEMU_DEVICES=n, 1 by default; all alike) and the one that each host thread has chosen.
#pragma once

namespace cudaemu {

int device_count();
int current_device();
bool is_device(int device);

}  // namespace cudaemu
