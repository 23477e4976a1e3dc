// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/libraries/cublas/gemm.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/cudaemu/libraries/cublas/handle.h"

namespace cudaemu::cublas {

namespace {

// Type of alpha and beta; CUDA_R_8I marks a compute type without a stand-in.
cudaDataType scale_type(cublasComputeType_t compute) {
  switch (compute) {
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
      return CUDA_R_16F;
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
    case CUBLAS_COMPUTE_32F_FAST_16F:
    case CUBLAS_COMPUTE_32F_FAST_16BF:
    case CUBLAS_COMPUTE_32F_FAST_TF32:
      return CUDA_R_32F;
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
      return CUDA_R_64F;
    default:
      return CUDA_R_8I;
  }
}

// The combinations of cuBLAS's table that have a stand-in.
bool types_fit(const Gemm& call) {
  const cudaDataType in = call.a.type, out = call.c.type;
  if (call.b.type != in) return false;
  switch (call.compute) {
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
      return in == CUDA_R_16F && out == CUDA_R_16F;
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
      if (in == CUDA_R_32F) return out == CUDA_R_32F;
      return (in == CUDA_R_16F || in == CUDA_R_16BF) && (out == in || out == CUDA_R_32F);
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
      return in == CUDA_R_64F && out == CUDA_R_64F;
    default:
      return in == CUDA_R_32F && out == CUDA_R_32F;  // the fast modes round what is float
  }
}

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T || operation == CUBLAS_OP_C;
}

std::string leading_text(const Matrix& matrix) {
  return std::string(matrix.name) + " has " + std::to_string(matrix.rows) + " rows, but its leading dimension is " +
         std::to_string(matrix.leading);
}

cublasStatus_t check(const Gemm& call) {
  const auto invalid = [&](const std::string& why) { return refuse(call.call, CUBLAS_STATUS_INVALID_VALUE, why); };
  if (!is_operation(call.transpose_a) || !is_operation(call.transpose_b)) return invalid("unknown operation");
  if (call.m < 0 || call.n < 0 || call.k < 0 || call.batch < 0) return invalid("a negative size");
  for (const Matrix* matrix : {&call.a, &call.b, &call.c}) {
    if (matrix->leading < std::max<std::int64_t>(1, matrix->rows)) return invalid(leading_text(*matrix));
  }
  if (scale_type(call.compute) == CUDA_R_8I || !types_fit(call)) {
    return refuse(call.call, CUBLAS_STATUS_NOT_SUPPORTED,
                  std::string("A ") + name_of(call.a.type) + ", B " + name_of(call.b.type) + ", C " +
                      name_of(call.c.type) + " with compute type " + std::to_string(call.compute));
  }
  if (call.m == 0 || call.n == 0 || call.batch == 0) return CUBLAS_STATUS_SUCCESS;
  if (call.alpha == nullptr || call.beta == nullptr) return invalid("alpha or beta is null");
  if (call.c.address == nullptr || (call.k != 0 && (call.a.address == nullptr || call.b.address == nullptr))) {
    return invalid("a matrix is null");
  }
  for (const Matrix* matrix : {&call.a, &call.b, &call.c}) {
    if (reinterpret_cast<std::uintptr_t>(matrix->address) % element_bytes(matrix->type) != 0) {
      return invalid(std::string(matrix->name) + " is not aligned to its elements");
    }
  }
  if (call.batch > 1 && call.c.stride < (call.n - 1) * call.c.leading + call.m) {
    return invalid("the matrices C of the batch overlap");
  }
  return CUBLAS_STATUS_SUCCESS;
}

// One batch element, a row of C at a time: the inner loop runs along rows of op(B), which vectorises as it stands.
void multiply(const Gemm& call, std::int64_t batch, double alpha, double beta) {
  const bool has_product = alpha != 0 && call.k > 0;
  std::vector<double> a, b, sums(static_cast<std::size_t>(call.n));
  if (has_product) {
    a = read_matrix(call.a, batch, call.transpose_a != CUBLAS_OP_N);
    b = read_matrix(call.b, batch, call.transpose_b != CUBLAS_OP_N);
  }
  for (std::int64_t row = 0; row < call.m; ++row) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::int64_t i = 0; has_product && i < call.k; ++i) {
      const double left = a[static_cast<std::size_t>(row * call.k + i)];
      const double* right = b.data() + i * call.n;
      for (std::int64_t column = 0; column < call.n; ++column)
        sums[static_cast<std::size_t>(column)] += left * right[column];
    }
    for (std::int64_t column = 0; column < call.n; ++column) {
      std::byte* place = call.c.element(batch, row, column);
      const double before = beta != 0 ? beta * load(place, call.c.type) : 0;
      store(place, call.c.type, alpha * sums[static_cast<std::size_t>(column)] + before);
    }
  }
}

}  // namespace

cublasStatus_t gemm(cublasHandle_t handle_argument, Gemm call) {
  const Handle* handle = find_handle(handle_argument);
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  const bool plain_a = call.transpose_a == CUBLAS_OP_N, plain_b = call.transpose_b == CUBLAS_OP_N;
  call.a.name = "A";
  call.a.rows = plain_a ? call.m : call.k;
  call.a.columns = plain_a ? call.k : call.m;
  call.b.name = "B";
  call.b.rows = plain_b ? call.k : call.n;
  call.b.columns = plain_b ? call.n : call.k;
  call.c.name = "C";
  call.c.rows = call.m;
  call.c.columns = call.n;
  if (const cublasStatus_t status = check(call); status != CUBLAS_STATUS_SUCCESS) return status;
  if (call.m == 0 || call.n == 0 || call.batch == 0) return CUBLAS_STATUS_SUCCESS;

  const cudaDataType scale = scale_type(call.compute);
  library::Operation operation;
  operation.what = call.call;
  bool reads_product = call.k > 0, reads_c = true;
  double alpha = 0, beta = 0;
  const bool scalars_on_host = handle->pointer_mode == CUBLAS_POINTER_MODE_HOST;
  if (scalars_on_host) {
    for (const void* scalar : {call.alpha, call.beta}) {
      if (library::on_device(scalar)) {
        return refuse(call.call, CUBLAS_STATUS_INVALID_VALUE, "a scalar on the device, but the pointer mode is host");
      }
    }
    alpha = load(static_cast<const std::byte*>(call.alpha), scale);
    beta = load(static_cast<const std::byte*>(call.beta), scale);
    reads_product = reads_product && alpha != 0;
    reads_c = beta != 0;
  } else {
    operation.reads.push_back({call.alpha, element_bytes(scale), 1, 0, "alpha"});
    operation.reads.push_back({call.beta, element_bytes(scale), 1, 0, "beta"});
    // Whether C is read is known only when beta is; memory that nothing has written is then left to the caller.
    reads_c = false;
  }
  for (std::int64_t i = 0; i < call.batch; ++i) {
    if (reads_product) {
      operation.reads.push_back(call.a.region(i));
      operation.reads.push_back(call.b.region(i));
    }
    if (reads_c) operation.reads.push_back(call.c.region(i));
    operation.writes.push_back(call.c.region(i));
  }
  operation.compute = [call, scale, scalars_on_host, alpha, beta] {
    const double a = scalars_on_host ? alpha : load(library::view(call.alpha), scale);
    const double b = scalars_on_host ? beta : load(library::view(call.beta), scale);
    for (std::int64_t i = 0; i < call.batch; ++i) multiply(call, i, a, b);
  };
  return library::enqueue(handle->stream, std::move(operation)) == cudaSuccess ? CUBLAS_STATUS_SUCCESS
                                                                               : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace cudaemu::cublas
