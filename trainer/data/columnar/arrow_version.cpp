// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/arrow_version.h"

#include <arrow/config.h>

namespace kindred {

std::string arrow_version() { return arrow::GetBuildInfo().version_string; }

}  // namespace kindred
