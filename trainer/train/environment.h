// SPDX-License-Identifier: Apache-2.0
// environment.json: on what a run was made: version, commit, compiler, libraries, CPU, memory, device, bandwidth
// of copies in the host's memory and, of a GPU, in its own.
#pragma once

#include "kernels/core/context.h"

#include <nlohmann/json_fwd.hpp>

namespace kindred {

nlohmann::ordered_json environment(const Context& ctx);

}  // namespace kindred
