// SPDX-License-Identifier: Apache-2.0
// MANIFEST.json of a prepared dataset: what the folder holds, with sizes and XXH3-64 checksums, and its own checksum.
// The layout of the files stands in docs/file_formats.md. Throws Error(data) naming the file and what is wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

inline constexpr int kDatasetFormatVersion = 1;
inline constexpr std::string_view kDatasetFormatName = "kindred prepared dataset";
inline constexpr std::string_view kManifestName = "MANIFEST.json";

struct ManifestFile {
  std::string name;
  std::string dtype;  // int64, int32, float32, bytes
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::uint64_t xxh3 = 0;
};

struct ManifestPart {
  bool present = false;
  bool fold_in = false;
};

struct DatasetManifest {
  std::string fingerprint;
  std::int64_t num_users = 0;  // rows of the training matrix
  std::int64_t num_items = 0;
  bool integer_users = true;
  bool integer_items = true;
  ManifestPart validation;
  ManifestPart test;
  std::vector<ManifestFile> files;
  std::string config_json = "{}";
  std::string source_json = "{}";

  std::string to_json() const;
  static DatasetManifest read(const std::filesystem::path& folder);
  const ManifestFile* find(std::string_view name) const;
};

}  // namespace kindred
