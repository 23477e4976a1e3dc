// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_reference.h"

#include <cmath>

namespace kindred::reference {

namespace {

// Solves A x = b in place by Cholesky; a is [k, k], symmetric positive definite.
void solve_cholesky(std::vector<double>& a, std::vector<double>& b, std::int64_t k) {
  const auto at = [&](std::int64_t i, std::int64_t j) -> double& { return a[static_cast<std::size_t>(i * k + j)]; };
  const auto rhs = [&](std::int64_t i) -> double& { return b[static_cast<std::size_t>(i)]; };
  for (std::int64_t j = 0; j < k; ++j) {
    for (std::int64_t p = 0; p < j; ++p) at(j, j) -= at(j, p) * at(j, p);
    KINDRED_CHECK(at(j, j) > 0.0, "[reference] row system is not positive definite at pivot {}", j);
    at(j, j) = std::sqrt(at(j, j));
    for (std::int64_t i = j + 1; i < k; ++i) {
      for (std::int64_t p = 0; p < j; ++p) at(i, j) -= at(i, p) * at(j, p);
      at(i, j) /= at(j, j);
    }
  }
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t p = 0; p < i; ++p) rhs(i) -= at(i, p) * rhs(p);
    rhs(i) /= at(i, i);
  }
  for (std::int64_t i = k - 1; i >= 0; --i) {
    for (std::int64_t p = i + 1; p < k; ++p) rhs(i) -= at(p, i) * rhs(p);
    rhs(i) /= at(i, i);
  }
}

double penalty(const AlsProblem& p, std::int64_t length, std::int64_t columns) {
  return p.regularization * std::pow(static_cast<double>(length) + p.unobserved_weight * static_cast<double>(columns),
                                     p.regularization_exponent);
}

}  // namespace

std::vector<double> als_half_step(const AlsProblem& problem, const std::vector<double>& y) {
  const std::int64_t k = problem.k;
  const CsrView& csr = problem.interactions;
  std::vector<double> gram(static_cast<std::size_t>(k * k), 0.0);
  for (std::int64_t item = 0; item < csr.columns; ++item) {
    const double* yi = y.data() + item * k;
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j) gram[static_cast<std::size_t>(i * k + j)] += yi[i] * yi[j];
    }
  }
  std::vector<double> x(static_cast<std::size_t>(csr.rows * k), 0.0);
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    if (csr.length(row) == 0) continue;
    std::vector<double> a(gram);
    for (double& value : a) value *= problem.unobserved_weight;
    std::vector<double> b(static_cast<std::size_t>(k), 0.0);
    for (std::int64_t i = 0; i < k; ++i) {
      a[static_cast<std::size_t>(i * k + i)] += penalty(problem, csr.length(row), csr.columns);
    }
    for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
      const double* yi = y.data() + csr.ids(entry) * k;
      const double c = std::abs(static_cast<double>(csr.value(entry)));
      const double p = csr.value(entry) < 0.0F ? 0.0 : 1.0;
      const double q = problem.form == AlsForm::weighted ? c : c - problem.unobserved_weight;
      for (std::int64_t i = 0; i < k; ++i) {
        b[static_cast<std::size_t>(i)] += c * p * yi[i];
        for (std::int64_t j = 0; j < k; ++j) a[static_cast<std::size_t>(i * k + j)] += q * yi[i] * yi[j];
      }
    }
    solve_cholesky(a, b, k);
    std::copy(b.begin(), b.end(), x.begin() + row * k);
  }
  return x;
}

double als_objective(const AlsProblem& problem, const std::vector<double>& x, const std::vector<double>& y) {
  const std::int64_t k = problem.k;
  const CsrView& csr = problem.interactions;
  std::vector<std::int64_t> column_length(static_cast<std::size_t>(csr.columns), 0);
  double total = 0.0;
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    const double* xu = x.data() + row * k;
    std::int64_t entry = csr.begin(row);
    for (std::int64_t item = 0; item < csr.columns; ++item) {
      double score = 0.0;
      for (std::int64_t f = 0; f < k; ++f) score += xu[f] * y[static_cast<std::size_t>(item * k + f)];
      const bool observed = entry < csr.end(row) && csr.ids(entry) == item;
      if (!observed || problem.form == AlsForm::weighted) total += problem.unobserved_weight * score * score;
      if (observed) {
        const double c = std::abs(static_cast<double>(csr.value(entry)));
        const double p = csr.value(entry) < 0.0F ? 0.0 : 1.0;
        total += c * (score - p) * (score - p);
        ++column_length[static_cast<std::size_t>(item)];
        ++entry;
      }
    }
    double norm = 0.0;
    for (std::int64_t f = 0; f < k; ++f) norm += xu[f] * xu[f];
    total += penalty(problem, csr.length(row), csr.columns) * norm;
  }
  for (std::int64_t item = 0; item < csr.columns; ++item) {
    double norm = 0.0;
    for (std::int64_t f = 0; f < k; ++f) {
      const double value = y[static_cast<std::size_t>(item * k + f)];
      norm += value * value;
    }
    total += penalty(problem, column_length[static_cast<std::size_t>(item)], csr.rows) * norm;
  }
  return total;
}

}  // namespace kindred::reference
