// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/testing/small_export.h"

#include <nlohmann/json.hpp>

namespace kindred {

nlohmann::ordered_json SmallExport::write(const std::filesystem::path& target) const {
  NoProgress silent;
  return write_export({.ctx = ctx,
                       .config = config,
                       .data = *data,
                       .model = *model,
                       .lineage = {.run = "two-tastes", .config_json = resolved_json({}), .commit = "c", .step = 4}},
                      target, silent);
}

}  // namespace kindred
