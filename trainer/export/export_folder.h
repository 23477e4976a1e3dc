// SPDX-License-Identifier: Apache-2.0
// The folder of an export while it is written: every file with its size and SHA-256, synced; the whole appears at once
// (trainer/data/durable_folder.h). Throws Error(device) naming file and cause when the disk refuses.
#pragma once

#include "trainer/data/durable_folder.h"
#include "trainer/data/synced_file.h"
#include "trainer/export/sha256.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// What the manifest says of a file.
struct ExportedFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
  std::string dtype;                // of an array: "float32", "float16", "int64", "int32"; else empty
  std::vector<std::int64_t> shape;  // of an array or a table
};

using WriteBytes = std::function<void(std::span<const std::byte>)>;

class ExportFolder {
 public:
  explicit ExportFolder(std::filesystem::path target) : folder_(std::move(target)) {}

  // Writes one file: `body` is given the function that takes its bytes, in order. Sums are made beside the writing.
  void write(ExportedFile about, const std::function<void(const WriteBytes&)>& body);
  void write_text(std::string_view name, std::string_view text);

  // Takes a file away again that was written.
  void discard(std::string_view name);

  const std::vector<ExportedFile>& files() const { return files_; }
  const std::filesystem::path& staging() const { return folder_.staging(); }
  // False, and nothing changed, when the target exists.
  bool commit() { return folder_.commit(); }

 private:
  DurableFolder folder_;
  std::vector<ExportedFile> files_;
};

// "<sha256>  <name>" a line, sorted by name: what `sha256sum -c SHA256SUMS` reads.
std::string sha256_sums(std::vector<ExportedFile> files);

inline constexpr std::string_view kSumsName = "SHA256SUMS";
inline constexpr std::string_view kExportManifestName = "manifest.json";

}  // namespace kindred
