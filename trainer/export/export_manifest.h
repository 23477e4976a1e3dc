// SPDX-License-Identifier: Apache-2.0
// manifest.json of an export: written from what was exported, read with every value checked.
#pragma once

#include "trainer/export/checked_index.h"
#include "trainer/export/export_folder.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

inline constexpr std::string_view kExportFormat = "kindred export";
inline constexpr int kExportFormatVersion = 1;

nlohmann::ordered_json files_json(const std::vector<ExportedFile>& files);
nlohmann::ordered_json index_json(const CheckedIndex& index, const IndexConfig& config);
nlohmann::ordered_json recall_json(const CheckedIndex& index, const IndexConfig& config, const std::string& from);
// "ivf_flat, 12 of 256 lists a query, largest list 1.2 % of the items; recall@10 0.98, recall@100 0.97"
std::string index_line(const CheckedIndex& index);

// What a reader needs of it.
struct ExportManifest {
  std::int64_t dim = 0;
  std::string dtype;
  std::int64_t users = 0;
  std::int64_t items = 0;
  std::vector<ExportedFile> files;
  struct Index {
    std::string type;
    double min_recall = 0.0;
    double recall_at_10 = 0.0;
    double recall_at_100 = 0.0;
    std::int64_t queries = 0;  // that the recall was measured with
  };
  std::optional<Index> index;

  const ExportedFile* find(std::string_view name) const;
  // Error(data) naming the file, the key and what was expected; names of files that lead out of the folder are refused.
  static ExportManifest read(const std::filesystem::path& file);
};

}  // namespace kindred
