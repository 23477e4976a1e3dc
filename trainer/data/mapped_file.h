// SPDX-License-Identifier: Apache-2.0
// A file of a prepared dataset, mapped read-only and checked against the manifest: size, then checksum.
// Throws Error(data) naming the file and what is wrong.
#pragma once

#include "trainer/data/dataset_manifest.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace kindred {

class MappedFile {
 public:
  MappedFile(const std::filesystem::path& path, const ManifestFile& expected);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::byte* data() const { return data_; }  // page-aligned; not null even when empty
  std::int64_t bytes() const { return bytes_; }

 private:
  const std::byte* data_;
  std::int64_t bytes_;
};

}  // namespace kindred
