// SPDX-License-Identifier: Apache-2.0
// Some rows of a CSR matrix of the host, copied, with offsets of their own.
#pragma once

#include "kernels/core/view.h"

#include <cstdint>
#include <vector>

namespace kindred {

struct CsrRows {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<float> values;

  CsrRows(const CsrView& source, const std::vector<std::int64_t>& rows) {
    for (const std::int64_t row : rows) {
      for (std::int64_t e = source.begin(row); e < source.end(row); ++e) {
        ids.push_back(source.ids(e));
        if (source.has_values()) values.push_back(source.value(e));
      }
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
  }
  CsrView view(const CsrView& source) const {
    const auto rows = static_cast<std::int64_t>(offsets.size()) - 1;
    const auto nnz = static_cast<std::int64_t>(ids.size());
    return {.rows = rows,
            .columns = source.columns,
            .offsets = {offsets.data(), {rows + 1}},
            .ids = {ids.data(), {nnz}},
            .values = source.has_values() ? View<const float, 1>{values.data(), {nnz}} : View<const float, 1>{}};
  }
};

}  // namespace kindred
