// SPDX-License-Identifier: Apache-2.0
// ${NAME} in a text becomes the value of the environment variable NAME; nothing else expands ($NAME, ~ and globs stay
// as written), and what was put in is not expanded again. Throws Error(usage) where NAME is not set or no name.
#pragma once

#include <string>
#include <string_view>

namespace kindred {

std::string expand_environment(std::string_view text);

}  // namespace kindred
