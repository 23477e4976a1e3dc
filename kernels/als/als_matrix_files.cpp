// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_matrix_files.h"

#include "kernels/core/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

namespace kindred {
namespace {

using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;

Pairs read_pairs(const std::string& path, double min_weight) {
  std::ifstream file(path);
  if (!file) fail(ErrorKind::data, "{}: cannot be read", path);
  Pairs pairs;
  std::map<std::int64_t, std::int32_t> users;
  std::map<std::int64_t, std::int32_t> items;
  const auto id = [](auto& map, std::int64_t key) {
    return map.emplace(key, static_cast<std::int32_t>(map.size())).first->second;
  };
  for (std::string line; std::getline(file, line);) {
    const bool table = line.find_first_of(",\t") != std::string::npos;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == ',' || c == '\t'; }, ' ');
    std::istringstream words(line);
    std::int64_t user = 0;
    std::int64_t item = 0;
    words >> user;
    if (table) {
      double weight = 0.0;
      words >> item >> weight;
      if (weight >= min_weight) pairs.emplace_back(id(users, user), id(items, item));
    } else {
      while (words >> item) pairs.emplace_back(id(users, user), id(items, item));
    }
  }
  if (pairs.empty()) fail(ErrorKind::data, "{}: no pair of user and item in it", path);
  return pairs;
}

AlsMatrix matrix_of(Pairs pairs) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  AlsMatrix matrix;
  matrix.rows = pairs.back().first + 1;
  matrix.offsets.assign(static_cast<std::size_t>(matrix.rows) + 1, 0);
  for (const auto& [row, column] : pairs) {
    ++matrix.offsets[static_cast<std::size_t>(row) + 1];
    matrix.ids.push_back(column);
    matrix.columns = std::max<std::int64_t>(matrix.columns, column + 1);
  }
  for (std::size_t row = 1; row < matrix.offsets.size(); ++row) matrix.offsets[row] += matrix.offsets[row - 1];
  return matrix;
}

template <typename T>
std::vector<T> read_array(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail(ErrorKind::data, "{}: cannot be read", path.string());
  const auto bytes = static_cast<std::size_t>(file.tellg());
  std::vector<T> values(bytes / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file) fail(ErrorKind::data, "{}: ended early", path.string());
  return values;
}

AlsMatrix read_prepared(const std::filesystem::path& folder, const std::string& name) {
  AlsMatrix matrix;
  matrix.offsets = read_array<std::int64_t>(folder / (name + ".offsets"));
  matrix.ids = read_array<std::int32_t>(folder / (name + ".ids"));
  matrix.rows = static_cast<std::int64_t>(matrix.offsets.size()) - 1;
  if (matrix.rows < 1 || matrix.offsets.back() != static_cast<std::int64_t>(matrix.ids.size()))
    fail(ErrorKind::data, "{}/{}.offsets does not match {}.ids", folder.string(), name, name);
  return matrix;
}

template <typename T>
void write_array(const std::string& path, const char* dtype, std::span<const T> values,
                 const std::vector<std::int64_t>& shape) {
  std::string sizes;
  for (const std::int64_t size : shape) sizes += fmt::format("{},", size);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", dtype, sizes);
  constexpr std::size_t kPrefix = 10;  // magic, version, length; data start at a multiple of 64
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  const char length[2] = {static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  file.write("\x93NUMPY\x01\x00", 8).write(length, 2) << header;
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  file.flush();
  if (!file) fail(ErrorKind::data, "{}: cannot be written", path);
}

}  // namespace

AlsInteractions read_als_interactions(const std::string& path, double min_weight, ThreadPool& pool) {
  if (!std::filesystem::is_directory(path)) {
    AlsMatrix by_user = matrix_of(read_pairs(path, min_weight));
    AlsMatrix by_item = transposed(by_user, pool);
    return {std::move(by_user), std::move(by_item)};
  }
  AlsInteractions data{read_prepared(path, "train"), read_prepared(path, "train_transposed")};
  data.by_user.columns = data.by_item.rows;
  data.by_item.columns = data.by_user.rows;
  return data;
}

void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape) {
  write_array(path, "<f4", values, shape);
}

void write_npy(const std::string& path, std::span<const std::int64_t> values) {
  write_array(path, "<i8", values, {static_cast<std::int64_t>(values.size())});
}

void write_npy(const std::string& path, std::span<const std::int32_t> values) {
  write_array(path, "<i4", values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace kindred
