// SPDX-License-Identifier: Apache-2.0
// Products of whole factor matrices with small square ones. Row strides are multiples of kAlsPad except where said.
#pragma once

#include "kernels/als/als_rows.h"
#include "kernels/core/tensor.h"

namespace kindred::cpu {

constexpr std::int64_t kAlsOwnProducts = 512;  // columns; larger products go to kernels/gemm

// g = y'y; y [R, stride], g [stride, stride], both triangles. fp32 within blocks of rows, fp64 across.
void als_gram(const Context& ctx, View<const float, 2> y, View<float, 2> g);
// to = from matrix; matrix [from's columns, stride]; from may have any number of columns, and to may have fewer than
// stride: then only those are kept.
void als_rotate(const Context& ctx, View<const float, 2> from, View<const float, 2> matrix, View<float, 2> to);

}  // namespace kindred::cpu
