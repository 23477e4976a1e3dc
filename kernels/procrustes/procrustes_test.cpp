// SPDX-License-Identifier: Apache-2.0
#include "kernels/procrustes/procrustes.h"

#include "kernels/core/check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace kindred {
namespace {

struct Matrix {
  std::int64_t rows;
  std::int64_t columns;
  std::vector<float> data;

  Matrix(std::int64_t r, std::int64_t c) : rows(r), columns(c), data(static_cast<std::size_t>(r * c)) {}
  View<const float, 2> view() const { return {data.data(), {rows, columns}}; }
  View<float, 2> view() { return {data.data(), {rows, columns}}; }
  float& at(std::int64_t i, std::int64_t j) { return data[static_cast<std::size_t>(i * columns + j)]; }
  float at(std::int64_t i, std::int64_t j) const { return data[static_cast<std::size_t>(i * columns + j)]; }
};

Matrix random_matrix(std::int64_t rows, std::int64_t columns, unsigned seed) {
  std::mt19937 numbers(seed);
  std::normal_distribution<float> normal;
  Matrix matrix(rows, columns);
  for (float& value : matrix.data) value = normal(numbers);
  return matrix;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) {
      double sum = 0.0;
      for (std::int64_t k = 0; k < a.columns; ++k) sum += static_cast<double>(a.at(i, k)) * b.at(k, j);
      c.at(i, j) = static_cast<float>(sum);
    }
  }
  return c;
}

// Orthogonal: the columns of a random matrix, made orthonormal by Gram and Schmidt.
Matrix random_rotation(std::int64_t k, unsigned seed) {
  Matrix q = random_matrix(k, k, seed);
  for (std::int64_t j = 0; j < k; ++j) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::int64_t before = 0; before < j; ++before) {
        double dot = 0.0;
        for (std::int64_t i = 0; i < k; ++i) dot += static_cast<double>(q.at(i, j)) * q.at(i, before);
        for (std::int64_t i = 0; i < k; ++i) q.at(i, j) -= static_cast<float>(dot) * q.at(i, before);
      }
    }
    double squares = 0.0;
    for (std::int64_t i = 0; i < k; ++i) squares += static_cast<double>(q.at(i, j)) * q.at(i, j);
    for (std::int64_t i = 0; i < k; ++i) q.at(i, j) /= static_cast<float>(std::sqrt(squares));
  }
  return q;
}

double largest_difference(const Matrix& a, const Matrix& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
  }
  return largest;
}

Matrix rotation_of(const Context& ctx, const Matrix& x, const Matrix& y) {
  Matrix rotation(x.columns, x.columns);
  orthogonal_procrustes(ctx, {.x = x.view(), .y = y.view(), .rotation = rotation.view()});
  return rotation;
}

TEST(Procrustes, FindsThePlantedRotation) {
  const Context ctx = Context::cpu(2);
  for (const std::int64_t k : {1, 2, 7, 33, 64}) {
    const Matrix x = random_matrix(4 * k + 300, k, 1);
    const Matrix planted = random_rotation(k, 2);
    EXPECT_LT(largest_difference(rotation_of(ctx, x, product(x, planted)), planted), 2e-5) << k;
  }
}

// With noise: orthogonal, and no small turn away from it is better.
TEST(Procrustes, IsTheBestOfAllNear) {
  const Context ctx = Context::cpu(1);
  constexpr std::int64_t kOrder = 5;
  const Matrix x = random_matrix(40, kOrder, 3);
  const Matrix y = random_matrix(40, kOrder, 4);
  const Matrix best = rotation_of(ctx, x, y);
  const auto error = [&](const Matrix& rotation) {
    const Matrix turned = product(x, rotation);
    double squares = 0.0;
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      squares += std::pow(static_cast<double>(turned.data[i]) - y.data[i], 2);
    }
    return squares;
  };
  for (std::int64_t i = 0; i < kOrder; ++i) {
    for (std::int64_t j = 0; j < kOrder; ++j) {
      double dot = 0.0;
      for (std::int64_t r = 0; r < kOrder; ++r) dot += static_cast<double>(best.at(r, i)) * best.at(r, j);
      EXPECT_NEAR(dot, i == j ? 1.0 : 0.0, 1e-6);
      if (i == j) continue;
      for (const float angle : {0.05F, -0.05F}) {
        Matrix turn(kOrder, kOrder);
        for (std::int64_t d = 0; d < kOrder; ++d) turn.at(d, d) = d == i || d == j ? std::cos(angle) : 1.0F;
        turn.at(i, j) = std::sin(angle);
        turn.at(j, i) = -std::sin(angle);
        EXPECT_GT(error(product(best, turn)), error(best));
      }
    }
  }
}

TEST(Procrustes, IsOrthogonalWithoutRowsAndWithoutFullRank) {
  const Context ctx = Context::cpu(1);
  Matrix flat = random_matrix(50, 6, 5);
  for (std::int64_t row = 0; row < 50; ++row) flat.at(row, 3) = 0.0F;
  for (const Matrix& x : {Matrix(0, 6), flat}) {
    const Matrix rotation = rotation_of(ctx, x, x);
    Matrix transposed(6, 6);
    for (std::int64_t i = 0; i < 6; ++i) {
      for (std::int64_t j = 0; j < 6; ++j) transposed.at(i, j) = rotation.at(j, i);
    }
    Matrix one(6, 6);
    for (std::int64_t i = 0; i < 6; ++i) one.at(i, i) = 1.0F;
    EXPECT_LT(largest_difference(product(transposed, rotation), one), 1e-5);
    EXPECT_LT(largest_difference(product(x, rotation), x), 1e-4);
  }
}

TEST(ProcrustesThreads, SameBits) {
  const Matrix x = random_matrix(5000, 24, 6);
  const Matrix y = random_matrix(5000, 24, 7);
  const Matrix expected = rotation_of(Context::cpu(1), x, y);
  for (const int threads : {2, 5}) EXPECT_EQ(rotation_of(Context::cpu(threads), x, y).data, expected.data);
}

TEST(Procrustes, Faults) {
  const Context ctx = Context::cpu(1);
  const Matrix x = random_matrix(10, 4, 8);
  Matrix rotation(4, 4);
  EXPECT_THROW(orthogonal_procrustes(ctx, {.x = x.view(), .y = Matrix(9, 4).view(), .rotation = rotation.view()}),
               Error);
  Matrix small(3, 4);
  EXPECT_THROW(orthogonal_procrustes(ctx, {.x = x.view(), .y = x.view(), .rotation = small.view()}), Error);
  Matrix bad = x;
  bad.at(3, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(orthogonal_procrustes(ctx, {.x = bad.view(), .y = x.view(), .rotation = rotation.view()}), Error);
}

}  // namespace
}  // namespace kindred
