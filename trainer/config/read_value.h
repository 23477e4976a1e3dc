// SPDX-License-Identifier: Apache-2.0
// One value from the tree into its member: type, range, choice and text rules. What is wrong goes to `problems` with
// its place; the member then keeps what it had.
#pragma once

#include "trainer/config/field.h"
#include "trainer/config/settings.h"

namespace kindred {

void read_value(const Field& field, const Setting& setting, Problems& problems);

}  // namespace kindred
