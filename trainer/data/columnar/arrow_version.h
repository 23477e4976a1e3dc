// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace kindred {

std::string arrow_version();  // "15.0.0"; "not built in" in a build without Arrow

}  // namespace kindred
