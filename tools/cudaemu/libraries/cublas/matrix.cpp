// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/libraries/cublas/matrix.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstring>

namespace cudaemu::cublas {

namespace {

template <class T>
T read(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void write(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

}  // namespace

std::size_t element_bytes(cudaDataType type) {
  switch (type) {
    case CUDA_R_64F:
      return 8;
    case CUDA_R_32F:
      return 4;
    case CUDA_R_16F:
    case CUDA_R_16BF:
      return 2;
    default:
      return 0;
  }
}

const char* name_of(cudaDataType type) {
  switch (type) {
    case CUDA_R_64F:
      return "CUDA_R_64F";
    case CUDA_R_32F:
      return "CUDA_R_32F";
    case CUDA_R_16F:
      return "CUDA_R_16F";
    case CUDA_R_16BF:
      return "CUDA_R_16BF";
    default:
      return "a type that is not supported";
  }
}

double load(const std::byte* at, cudaDataType type) {
  switch (type) {
    case CUDA_R_64F:
      return read<double>(at);
    case CUDA_R_16F:
      return __half2float(read<__half>(at));
    case CUDA_R_16BF:
      return __bfloat162float(read<__nv_bfloat16>(at));
    default:
      return read<float>(at);
  }
}

void store(std::byte* at, cudaDataType type, double value) {
  switch (type) {
    case CUDA_R_64F:
      return write(at, value);
    case CUDA_R_16F:
      return write(at, __double2half(value));
    case CUDA_R_16BF:
      return write(at, __double2bfloat16(value));
    default:
      return write(at, static_cast<float>(value));
  }
}

std::byte* Matrix::element(std::int64_t batch, std::int64_t row, std::int64_t column) const {
  const std::int64_t index = batch * stride + column * leading + row;
  return library::view(static_cast<char*>(address) + index * static_cast<std::int64_t>(element_bytes(type)));
}

library::Region Matrix::region(std::int64_t batch) const {
  const std::size_t size = element_bytes(type);
  return {static_cast<char*>(address) + batch * stride * static_cast<std::int64_t>(size),
          static_cast<std::size_t>(rows) * size, static_cast<std::size_t>(columns),
          static_cast<std::size_t>(leading) * size, name};
}

std::vector<double> read_matrix(const Matrix& matrix, std::int64_t batch, bool transposed) {
  std::vector<double> values(static_cast<std::size_t>(matrix.rows * matrix.columns));
  const std::size_t size = element_bytes(matrix.type);
  for (std::int64_t column = 0; column < matrix.columns; ++column) {
    if (matrix.rows == 0) break;
    const std::byte* at = matrix.element(batch, 0, column);
    for (std::int64_t row = 0; row < matrix.rows; ++row, at += size) {
      const std::int64_t place = transposed ? column * matrix.rows + row : row * matrix.columns + column;
      values[static_cast<std::size_t>(place)] = load(at, matrix.type);
    }
  }
  return values;
}

}  // namespace cudaemu::cublas
