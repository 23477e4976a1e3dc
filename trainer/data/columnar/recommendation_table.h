// SPDX-License-Identifier: Apache-2.0
// A Parquet file of recommendations: user STRING, rank INT32, item STRING, score FLOAT; zstd, row groups of 1M rows.
// Errors: Error(device) naming the file; in a build without Arrow, Error(usage) that says so.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kindred {

class RecommendationTable {
 public:
  virtual ~RecommendationTable() = default;
  virtual void append(std::string_view user, std::int64_t rank, std::string_view item, float score) = 0;
  virtual void close() = 0;
};

std::unique_ptr<RecommendationTable> open_recommendation_table(const std::string& file);

}  // namespace kindred
