// SPDX-License-Identifier: Apache-2.0
// Checks of a prepared dataset's arrays as it is opened, so that nothing later can read out of bounds, whatever the
// files hold. Each throws Error(data): "<path>: what is wrong". One pass over the array.
#pragma once

#include "kernels/core/view.h"

#include <cstdint>
#include <string>

namespace kindred {

// Both within the range of row numbers.
void check_shape(std::int64_t num_users, std::int64_t num_items, const std::string& path);
void check_count(std::int64_t count, std::int64_t expected, const std::string& path);
// Offsets from 0 to nnz, never falling; ids strictly ascending in a row and in [0, columns); values finite.
void check_csr(const CsrView& csr, const std::string& path);
// Strictly ascending rows in [0, bound).
void check_rows(View<const std::int32_t, 1> rows, std::int64_t bound, const std::string& path);
// Strictly ascending in [0, first_run) and in [first_run, n).
void check_numbers(View<const std::int64_t, 1> numbers, std::int64_t first_run, const std::string& path);
void check_texts(View<const std::int64_t, 1> offsets, View<const char, 1> text, std::int64_t first_run,
                 const std::string& path);

}  // namespace kindred
