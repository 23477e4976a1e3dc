// SPDX-License-Identifier: Apache-2.0
// What no key can say alone: keys that contradict each other, keys that others need, input files that are not there.
// Values that already have a problem are left out, so that one mistake is told once. Looks at values only, never at
// whether they were written or are defaults: a resolved configuration that is read back passes the same checks.
#pragma once

#include "trainer/config/load.h"

namespace kindred {

// `fallback`: place of a complaint about keys that are written nowhere.
void check_config(const LoadedConfig& loaded, const Place& fallback, Problems& problems);
void check_input_files(const LoadedConfig& loaded, Problems& problems);

}  // namespace kindred
