// SPDX-License-Identifier: Apache-2.0
// Recommendations as a file: columns user, rank (from 1), item, score; .csv, .jsonl or .parquet by the name's ending.
// Written beside the target and renamed at close(), so that a reader never sees half a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kindred {

class RecommendationWriter {
 public:
  virtual ~RecommendationWriter() = default;
  virtual void write(std::string_view user, std::int64_t rank, std::string_view item, float score) = 0;
  virtual void close() = 0;

  // Error(usage) for another ending, Error(device) when the file cannot be written.
  static std::unique_ptr<RecommendationWriter> create(const std::string& file);
};

}  // namespace kindred
