// SPDX-License-Identifier: Apache-2.0
// Parquet files, through Apache Arrow. This folder alone includes Arrow; a build without it (KINDRED_COLUMNAR=OFF)
// links not_built.cpp, which throws.
// Columns: ids are integers, text or whole numbers (also dictionary-encoded); weights are numbers; timestamps are
// Parquet timestamps, dates, numbers or text. Null and NaN are missing values.
#pragma once

#include "trainer/data/readers/row_block.h"

#include <memory>

namespace kindred {

std::unique_ptr<BlockReader> open_parquet(const DataConfig& data, const SourceFile& file, ThreadPool& pool);

}  // namespace kindred
