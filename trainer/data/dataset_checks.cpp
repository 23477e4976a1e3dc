// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/dataset_checks.h"

#include "kernels/core/check.h"

#include <cmath>
#include <limits>
#include <string_view>

namespace kindred {

namespace {

void check_offsets(View<const std::int64_t, 1> offsets, std::int64_t rows, std::int64_t total,
                   const std::string& path) {
  check_count(offsets.size(0), rows + 1, path);
  if (offsets(0) != 0) fail(ErrorKind::data, "{}: the first offset is {}, expected 0", path, offsets(0));
  for (std::int64_t row = 0; row < rows; ++row) {
    if (offsets(row + 1) < offsets(row)) {
      fail(ErrorKind::data, "{}: offset {} falls from {} to {}", path, row + 1, offsets(row), offsets(row + 1));
    }
  }
  if (offsets(rows) != total) {
    fail(ErrorKind::data, "{}: the last offset is {}, but there are {} entries", path, offsets(rows), total);
  }
}

[[noreturn]] void fail_order(const std::string& path, std::int64_t row) {
  fail(ErrorKind::data, "{}: the id of row {} does not follow the one before in ascending order", path, row);
}

void check_first_run(std::int64_t first_run, std::int64_t size, const std::string& path) {
  if (first_run > size) fail(ErrorKind::data, "{}: {} ids, expected at least {}", path, size, first_run);
}

}  // namespace

void check_shape(std::int64_t num_users, std::int64_t num_items, const std::string& path) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  if (num_users < 0 || num_items < 0 || num_users > kLargest || num_items > kLargest) {
    fail(ErrorKind::data, "{}: {} users x {} items, expected at most {} of each", path, num_users, num_items, kLargest);
  }
}

void check_count(std::int64_t count, std::int64_t expected, const std::string& path) {
  if (count != expected) fail(ErrorKind::data, "{}: {} elements, expected {}", path, count, expected);
}

void check_csr(const CsrView& csr, const std::string& path) {
  check_offsets(csr.offsets, csr.rows, csr.ids.size(0), path + ".offsets");
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    std::int64_t before = -1;
    for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
      const std::int64_t id = csr.ids(entry);
      if (id <= before || id >= csr.columns) {
        fail(ErrorKind::data, "{}.ids: entry {} of row {} is {}; expected ids that ascend, in [0, {})", path, entry,
             row, id, csr.columns);
      }
      before = id;
    }
  }
  if (!csr.has_values()) return;
  check_count(csr.values.size(0), csr.ids.size(0), path + ".values");
  for (std::int64_t entry = 0; entry < csr.values.size(0); ++entry) {
    if (!std::isfinite(csr.values(entry))) {
      fail(ErrorKind::data, "{}.values: entry {} is {}, expected a finite number", path, entry, csr.values(entry));
    }
  }
}

void check_rows(View<const std::int32_t, 1> rows, std::int64_t bound, const std::string& path) {
  std::int64_t before = -1;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    if (rows(i) <= before || rows(i) >= bound) {
      fail(ErrorKind::data, "{}: element {} is {}; expected rows that ascend, in [0, {})", path, i, rows(i), bound);
    }
    before = rows(i);
  }
}

void check_numbers(View<const std::int64_t, 1> numbers, std::int64_t first_run, const std::string& path) {
  check_first_run(first_run, numbers.size(0), path);
  for (std::int64_t row = 1; row < numbers.size(0); ++row) {
    if (row != first_run && numbers(row) <= numbers(row - 1)) fail_order(path, row);
  }
}

void check_texts(View<const std::int64_t, 1> offsets, View<const char, 1> text, std::int64_t first_run,
                 const std::string& path) {
  const std::int64_t size = offsets.size(0) - 1;
  if (size < 0) fail(ErrorKind::data, "{}.offsets: no elements, expected at least 1", path);
  check_offsets(offsets, size, text.size(0), path + ".offsets");
  check_first_run(first_run, size, path + ".offsets");
  const auto at = [&](std::int64_t row) {
    return std::string_view(text.data() + offsets(row), static_cast<std::size_t>(offsets(row + 1) - offsets(row)));
  };
  for (std::int64_t row = 1; row < size; ++row) {
    if (row != first_run && at(row) <= at(row - 1)) fail_order(path + ".text", row);
  }
}

}  // namespace kindred
