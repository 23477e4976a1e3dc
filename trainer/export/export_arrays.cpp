// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/export_arrays.h"

#include "kernels/core/check.h"
#include "trainer/data/columnar/list_table.h"
#include "trainer/export/array_files.h"
#include "trainer/export/id_files.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_set>

namespace kindred {

namespace {

// The line up to the next line feed; false at the end.
bool next_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

bool is_integer(std::string_view field, std::int64_t& value) {
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size() && field == std::to_string(value);
}

template <typename T>
std::vector<T> copied(std::span<const std::byte> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

std::span<const std::byte> ExportArrays::payload(const FileView& view, std::string_view name, std::string_view dtype,
                                                 const std::vector<std::int64_t>& shape) const {
  const std::string header = name.ends_with(".npy") ? npy_header(dtype, shape) : safetensors_header(dtype, shape);
  std::int64_t bytes = dtype_bytes(dtype);
  for (const std::int64_t size : shape) bytes *= size;
  if (!view.text().starts_with(header) || view.bytes().size() != header.size() + static_cast<std::size_t>(bytes)) {
    fail(ErrorKind::data, "{}: is not {} [{}] behind its header", path(name).string(), dtype, fmt::join(shape, ", "));
  }
  return view.bytes().subspan(header.size());
}

std::vector<float> ExportArrays::vectors(std::string_view name, std::int64_t rows, std::string_view dtype) const {
  std::vector<float> values;
  if (name.ends_with(".parquet")) {
    values = table_vectors(name, rows);
  } else {
    const FileView view(path(name));
    const auto bytes = payload(view, name, dtype, {rows, manifest_.dim});
    if (dtype == "float16") {
      for (const std::uint16_t half : copied<std::uint16_t>(bytes)) values.push_back(from_float16(half));
    } else {
      values = copied<float>(bytes);
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    fail(ErrorKind::data, "{}: row {} has a value that is not finite", path(name).string(),
         static_cast<std::int64_t>(i) / manifest_.dim);
  }
  return values;
}

std::vector<float> ExportArrays::table_vectors(std::string_view name, std::int64_t rows) const {
  std::vector<float> values;
  const std::string file = path(name).string();
  std::int64_t seen = 0;
  read_list_table(file, "embedding", [&](const ListTableBlock& block) {
    if (block.floats == nullptr) fail(ErrorKind::data, "{}: embedding holds no FLOAT", file);
    for (std::int64_t row = 0; row < block.rows; ++row) {
      if (block.offsets[row + 1] - block.offsets[row] != manifest_.dim) {
        fail(ErrorKind::data, "{}: row {} has {} values; expected {}", file, block.first_row + row,
             block.offsets[row + 1] - block.offsets[row], manifest_.dim);
      }
    }
    values.insert(values.end(), block.floats + block.offsets[0], block.floats + block.offsets[block.rows]);
    seen += block.rows;
  });
  if (seen != rows) fail(ErrorKind::data, "{}: has {} rows; expected {}", file, seen, rows);
  return values;
}

std::vector<std::int64_t> ExportArrays::int64s(std::string_view name, std::int64_t count) const {
  const FileView view(path(name));
  return copied<std::int64_t>(payload(view, name, "int64", {count}));
}

std::vector<std::int32_t> ExportArrays::int32s(std::string_view name) const {
  const ExportedFile* about = manifest_.find(name);
  if (about == nullptr || about->shape.size() != 1) {
    fail(ErrorKind::data, "{}: the manifest gives it no shape", path(name).string());
  }
  const FileView view(path(name));
  return copied<std::int32_t>(payload(view, name, "int32", about->shape));
}

std::vector<std::string> ExportArrays::ids(std::string_view name, std::string_view header, std::int64_t rows,
                                           std::vector<std::int64_t>* training_events) const {
  const FileView view(path(name));
  std::string_view text = view.text();
  std::string_view line;
  const auto refuse = [&](std::int64_t row, std::string_view what) {
    fail(ErrorKind::data, "{}:{}: {}", path(name).string(), row + 2, what);
  };
  if (!next_line(text, line) || line != header) refuse(-1, "has another header");
  std::vector<std::string> ids;
  std::unordered_set<std::string> all;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (!next_line(text, line)) refuse(row, fmt::format("ends; expected {} rows", rows));
    const std::size_t tab = line.find('\t');
    std::int64_t number = -1;
    if (tab == std::string_view::npos || !is_integer(line.substr(0, tab), number) || number != row) {
      refuse(row, fmt::format("does not begin with row {}", row));
    }
    std::string_view id = line.substr(tab + 1);
    if (training_events != nullptr) {
      const std::size_t second = id.find('\t');
      std::int64_t events = -1;
      if (second == std::string_view::npos || !is_integer(id.substr(second + 1), events) || events < 0) {
        refuse(row, "has no count of training events");
      }
      training_events->push_back(events);
      id = id.substr(0, second);
    }
    if (id.find('\t') != std::string_view::npos) refuse(row, "has a column too many");
    ids.push_back(unescape_id(id));
    if (!all.insert(ids.back()).second) refuse(row, fmt::format("names '{}' a second time", id));
  }
  if (!text.empty()) refuse(rows, fmt::format("goes on; expected {} rows", rows));
  return ids;
}

void ExportArrays::same_ids(std::string_view name, std::string_view list_name,
                            const std::vector<std::string>& ids) const {
  const std::string file = path(name).string();
  read_list_table(file, list_name, [&](const ListTableBlock& block) {
    for (std::int64_t i = 0; i < block.rows; ++i) {
      const std::int64_t row = block.first_row + i;
      if (row >= static_cast<std::int64_t>(ids.size()) || block.ids[i] != row ||
          block.external_id(i) != ids[static_cast<std::size_t>(row)]) {
        fail(ErrorKind::data, "{}: row {} has other ids than the .tsv file", file, row);
      }
    }
  });
}

void ExportArrays::seen_table(std::string_view name, std::int64_t rows, std::vector<std::int64_t>& offsets,
                              std::vector<std::int32_t>& items) const {
  const std::string file = path(name).string();
  offsets.assign(1, 0);
  items.clear();
  read_list_table(file, "items", [&](const ListTableBlock& block) {
    if (block.integers == nullptr) fail(ErrorKind::data, "{}: items holds no INT32", file);
    for (std::int64_t row = 0; row < block.rows; ++row) {
      offsets.push_back(offsets.back() + block.offsets[row + 1] - block.offsets[row]);
    }
    items.insert(items.end(), block.integers + block.offsets[0], block.integers + block.offsets[block.rows]);
  });
  if (static_cast<std::int64_t>(offsets.size()) - 1 != rows) {
    fail(ErrorKind::data, "{}: has {} rows; expected {}", file, offsets.size() - 1, rows);
  }
}

}  // namespace kindred
