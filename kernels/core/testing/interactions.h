// SPDX-License-Identifier: Apache-2.0
// Small interaction matrices for tests: by user and by item, from a list of entries or from MovieLens 100K.
#pragma once

#include "kernels/core/random.h"
#include "kernels/core/view.h"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace kindred::testing_data {

// Owns the arrays of a CsrView.
struct Csr {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> ids;
  std::vector<float> values;

  CsrView view() const {
    const auto nnz = static_cast<std::int64_t>(ids.size());
    return {rows, columns, {offsets.data(), {rows + 1}}, {ids.data(), {nnz}}, {values.data(), {nnz}}};
  }
};

using Entry = std::tuple<std::int64_t, std::int64_t, float>;  // row, column, value

inline Csr make_csr(std::int64_t rows, std::int64_t columns, std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end());
  Csr csr{rows, columns, std::vector<std::int64_t>(static_cast<std::size_t>(rows) + 1), {}, {}};
  for (const auto& [row, column, value] : entries) {
    ++csr.offsets[static_cast<std::size_t>(row) + 1];
    csr.ids.push_back(static_cast<std::int32_t>(column));
    csr.values.push_back(value);
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) csr.offsets[row + 1] += csr.offsets[row];
  return csr;
}

struct Interactions {
  Csr by_user;
  Csr by_item;
};

inline Interactions make_interactions(std::int64_t users, std::int64_t items, const std::vector<Entry>& entries) {
  std::vector<Entry> transposed;
  for (const auto& [user, item, value] : entries) transposed.emplace_back(item, user, value);
  return {make_csr(users, items, entries), make_csr(items, users, std::move(transposed))};
}

// Every third user and every fourth item stays without entries; values are 1 to 5, every seventh negative.
inline Interactions random_interactions(std::int64_t users, std::int64_t items, double density) {
  const Random random(3, "interactions");
  std::vector<Entry> entries;
  for (std::int64_t user = 0; user < users; ++user) {
    for (std::int64_t item = 0; item < items; ++item) {
      const auto cell = static_cast<std::uint64_t>(user * items + item);
      if (user % 3 == 2 || item % 4 == 3 || random.uniform(cell) >= density) continue;
      const auto value = static_cast<float>(1 + random.below(5, cell, 1));
      entries.emplace_back(user, item, random.below(7, cell, 2) == 0 ? -value : value);
    }
  }
  return make_interactions(users, items, entries);
}

// MovieLens 100K with its ratings as values, row = id - 1; nothing when KINDRED_DATA does not have it.
inline std::optional<Interactions> movielens_100k() {
  const char* folder = std::getenv("KINDRED_DATA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream file(std::string(folder) + "/ml-100k/u.data.zst", std::ios::binary);
  if (!file) return std::nullopt;
  const std::string packed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string text(std::size_t{16} << 20, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0U) return std::nullopt;
  text.resize(size);
  std::istringstream lines(text);
  std::vector<Entry> entries;
  std::int64_t user = 0;
  std::int64_t item = 0;
  float rating = 0.0F;
  std::int64_t time = 0;
  while (lines >> user >> item >> rating >> time) entries.emplace_back(user - 1, item - 1, rating);
  return make_interactions(943, 1682, entries);
}

}  // namespace kindred::testing_data
