// SPDX-License-Identifier: Apache-2.0
// Column-major matrices of cuBLAS: element types, the memory that they cover, conversion to and from double.
#pragma once

#include <cublas_v2.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/cudaemu/libraries/library_seam.h"

namespace cudaemu::cublas {

// Bytes of an element; 0 for a type that is not known here.
std::size_t element_bytes(cudaDataType type);
const char* name_of(cudaDataType type);
// `at`: host-visible bytes.
double load(const std::byte* at, cudaDataType type);
void store(std::byte* at, cudaDataType type, double value);

// One matrix of a call, as stored; for batched calls the first of them.
struct Matrix {
  const char* name = "";
  void* address = nullptr;
  cudaDataType type = CUDA_R_32F;
  std::int64_t rows = 0, columns = 0;
  std::int64_t leading = 0;  // elements from column to column
  std::int64_t stride = 0;   // elements from matrix to matrix of a batch

  std::byte* element(std::int64_t batch, std::int64_t row, std::int64_t column) const;
  library::Region region(std::int64_t batch) const;
};

// The rows x columns values of op(matrix), row by row, of batch element `batch`.
std::vector<double> read_matrix(const Matrix& matrix, std::int64_t batch, bool transposed);

}  // namespace cudaemu::cublas
