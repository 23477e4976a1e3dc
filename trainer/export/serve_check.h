// SPDX-License-Identifier: Apache-2.0
// An export opened as a stranger would, and all of it verified: that the manifest names plain files of this folder and
// no other is there, sizes, SHA-256 (also SHA256SUMS), headers and shapes, that all formats hold the same finite
// numbers and ids, that seen items are in range, and that the index answers as well as the manifest says, by exact
// search over the exported vectors. What is damaged is not looked into further.
#pragma once

#include "kernels/core/context.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace kindred {

struct ServeFinding {
  std::string check;  // "checksums"
  bool good = false;
  std::string detail;  // what was seen, or what is wrong
};

struct ServeReport {
  std::vector<ServeFinding> findings;
  bool good() const;
};

// Error(usage) when `folder` is no folder, or when the build lacks what an export needs (faiss, Arrow).
ServeReport serve_check(const Context& ctx, const std::filesystem::path& folder);

nlohmann::ordered_json to_json(const ServeReport& report);
std::string to_table(const ServeReport& report);

}  // namespace kindred
