// SPDX-License-Identifier: Apache-2.0
#include "tools/inspect_dataset.h"

#include "trainer/data/dataset.h"
#include "trainer/data/dataset_manifest.h"
#include "trainer/data/prepare/prepare_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace kindred {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

namespace {

ordered_json files_node(const DatasetManifest& manifest) {
  ordered_json files = ordered_json::array();
  for (const ManifestFile& file : manifest.files) {
    files.push_back({{"name", file.name},
                     {"dtype", file.dtype},
                     {"count", file.count},
                     {"bytes", file.bytes},
                     {"xxh3", fmt::format("{:016x}", file.xxh3)}});
  }
  return files;
}

void print_json(const Dataset& dataset, const DatasetManifest& manifest) {
  const ordered_json result = {{"kind", "prepared dataset"},
                               {"folder", dataset.folder().string()},
                               {"format_version", kDatasetFormatVersion},
                               {"fingerprint", dataset.fingerprint()},
                               {"users", dataset.num_users()},
                               {"items", dataset.num_items()},
                               {"entries", dataset.train().nnz()},
                               {"verified", true},
                               {"files", files_node(manifest)},
                               {"config", ordered_json::parse(manifest.config_json)},
                               {"source", ordered_json::parse(manifest.source_json)},
                               {"statistics", ordered_json::parse(dataset.statistics_json())}};
  fmt::print("{}\n", result.dump(2));
}

std::string first_and_last(const IdDictionary& ids) {
  if (ids.size() == 0) return "none";
  return fmt::format("{} {}, {} ... {}", ids.size(), ids.integers() ? "integers" : "texts", ids.text(0),
                     ids.text(ids.size() - 1));
}

void print_text(const Dataset& dataset, const DatasetManifest& manifest) {
  fmt::print("prepared dataset {}\n", dataset.folder().string());
  fmt::print("fingerprint  {}\nuser ids     {}\nitem ids     {}\n\n", dataset.fingerprint(),
             first_and_last(dataset.users()), first_and_last(dataset.items()));
  // A dataset that was not made by prepare has no statistics of it.
  if (ordered_json::parse(dataset.statistics_json()).contains("rows_read")) {
    fmt::print("{}\n", report_table(PrepareReport::from_json(dataset.statistics_json())));
  }
  std::int64_t bytes = 0;
  for (const ManifestFile& file : manifest.files) {
    fmt::print("{:<28} {:>12} x {:<8} {:>14} bytes\n", file.name, file.count, file.dtype, file.bytes);
    bytes += file.bytes;
  }
  fmt::print("{} bytes in {} files; sizes, checksums and ranges are right\n", bytes, manifest.files.size());
}

}  // namespace

bool is_prepared_dataset(const fs::path& path) {
  std::ifstream file(path / kManifestName, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str().find(kDatasetFormatName) != std::string::npos;
}

void inspect_dataset(const fs::path& path, bool json) {
  const auto dataset = Dataset::open(path);
  const DatasetManifest manifest = DatasetManifest::read(path);
  json ? print_json(*dataset, manifest) : print_text(*dataset, manifest);
}

}  // namespace kindred
