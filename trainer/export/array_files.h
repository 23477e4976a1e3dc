// SPDX-License-Identifier: Apache-2.0
// The array formats of an export: .npy (version 1.0, C order) and .safetensors (one tensor, "vectors").
//     npy          "\x93NUMPY" 1 0, uint16 length, {'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }, spaces,
//                  newline; data from a multiple of 64
//     safetensors  uint64 length, {"vectors":{"dtype":"F32","shape":[n,d],"data_offsets":[0,bytes]}}, spaces; data from
//                  a multiple of 8
// One dtype and shape has one header, so that a reader compares headers. All little-endian.
#pragma once

#include "kernels/core/view.h"
#include "trainer/config/export_config.h"
#include "trainer/export/export_folder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// dtype: "float32", "float16", "int64", "int32".
std::string npy_header(std::string_view dtype, const std::vector<std::int64_t>& shape);
std::string safetensors_header(std::string_view dtype, const std::vector<std::int64_t>& shape);
std::int64_t dtype_bytes(std::string_view dtype);

// Rounds to the nearest half; above 65504 the result is infinite.
std::uint16_t to_float16(float value);
float from_float16(std::uint16_t bits);

// Vectors [n, d] as <name>.npy or <name>.safetensors, by the ending of `name`. Error(divergence) naming the row when a
// value does not fit into float16.
void write_vectors(ExportFolder& folder, std::string_view name, View<const float, 2> vectors, ExportDtype dtype);
void write_npy(ExportFolder& folder, std::string_view name, View<const std::int64_t, 1> values);
void write_npy(ExportFolder& folder, std::string_view name, View<const std::int32_t, 1> values);

}  // namespace kindred
