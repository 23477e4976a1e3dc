// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/library_versions.h"

#include "trainer/data/columnar/arrow_version.h"

#include <fmt/format.h>
#include <sodium.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

namespace kindred {

std::vector<std::pair<std::string, std::string>> data_library_versions() {
  const unsigned xxhash = XXH_versionNumber();
  return {{"Apache Arrow", arrow_version()},
          {"zstd", ZSTD_versionString()},
          {"zlib", zlibVersion()},
          {"libsodium", sodium_version_string()},
          {"xxHash", fmt::format("{}.{}.{}", xxhash / 10000, xxhash / 100 % 100, xxhash % 100)}};
}

}  // namespace kindred
