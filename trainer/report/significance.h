// SPDX-License-Identifier: Apache-2.0
// Which differences are marked in tables and pages.
#pragma once

namespace kindred {

constexpr double kSignificant = 0.05;  // p after Holm's correction below this

}  // namespace kindred
