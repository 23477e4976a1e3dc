// SPDX-License-Identifier: Apache-2.0
// Files that als_bench reads its matrix from and leaves arrays in, for itself and for other programs.
//   a folder: a prepared dataset (docs/file_formats.md), its train and train_transposed parts
//   a file:   lists ("user item item ..." a line) or, with a comma or tab in the line, "user,item,weight" rows; ids are
//             numbered in order of appearance, rows below min_weight are left out, repeated pairs count once
// Anything unreadable is an Error(data) that names the file.
#pragma once

#include "kernels/als/als_shapes.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kindred {

AlsInteractions read_als_interactions(const std::string& path, double min_weight, ThreadPool& pool);

// NumPy's format 1.0, row-major.
void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape);
void write_npy(const std::string& path, std::span<const std::int64_t> values);
void write_npy(const std::string& path, std::span<const std::int32_t> values);

}  // namespace kindred
