// SPDX-License-Identifier: Apache-2.0
// environment.json: on what a run was made: version, commit, compiler, libraries, CPU, memory, device, bandwidth.
#pragma once

#include "kernels/core/context.h"

#include <nlohmann/json_fwd.hpp>

namespace kindred {

nlohmann::ordered_json environment(const Context& ctx);

// Bytes read and written a second by a copy of 64 MiB blocks with all threads: best of three.
double copy_bandwidth(const Context& ctx);

}  // namespace kindred
