// SPDX-License-Identifier: Apache-2.0
// The arrays and tables of an export, read back as the manifest describes them, for `kindred serve-check`.
// Error(data) naming the file and what is wrong: header, size, a value that is not finite, ids out of order.
#pragma once

#include "trainer/export/export_manifest.h"
#include "trainer/export/file_view.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kindred {

class ExportArrays {
 public:
  ExportArrays(std::filesystem::path folder, const ExportManifest& manifest)
      : folder_(std::move(folder)), manifest_(manifest) {}

  bool has(std::string_view name) const { return manifest_.find(name) != nullptr; }
  std::filesystem::path path(std::string_view name) const { return folder_ / name; }

  // Vectors of .npy, .safetensors or .parquet [rows, dim] as float32, every value finite.
  std::vector<float> vectors(std::string_view name, std::int64_t rows, std::string_view dtype) const;
  std::vector<std::int64_t> int64s(std::string_view name, std::int64_t count) const;
  std::vector<std::int32_t> int32s(std::string_view name) const;
  // External ids, a row each, of a .tsv file; no two equal.
  std::vector<std::string> ids(std::string_view name, std::string_view header, std::int64_t rows,
                               std::vector<std::int64_t>* training_events = nullptr) const;
  // Compares a Parquet file's ids with those of the .tsv file.
  void same_ids(std::string_view name, std::string_view list_name, const std::vector<std::string>& ids) const;
  // Lists of seen.parquet against the arrays of .npy, or on their own: rows as offsets and items.
  void seen_table(std::string_view name, std::int64_t rows, std::vector<std::int64_t>& offsets,
                  std::vector<std::int32_t>& items) const;

 private:
  std::span<const std::byte> payload(const FileView& view, std::string_view name, std::string_view dtype,
                                     const std::vector<std::int64_t>& shape) const;
  std::vector<float> table_vectors(std::string_view name, std::int64_t rows) const;

  std::filesystem::path folder_;
  const ExportManifest& manifest_;
};

}  // namespace kindred
