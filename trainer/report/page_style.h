// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kindred {

extern const std::string_view kPageStyle;  // CSS of every page

}  // namespace kindred
