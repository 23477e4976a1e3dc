// SPDX-License-Identifier: Apache-2.0
// ALS that begins with another run's vectors, and is turned back to them at the end.
#include "kernels/core/check.h"
#include "kernels/core/host_exchange.h"
#include "kernels/gemm/gemm.h"
#include "kernels/procrustes/procrustes.h"
#include "trainer/models/als_model.h"
#include "trainer/models/csr_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace kindred {

namespace {

// Calls take(first, last) for each run of entries in which rows[i + 1] == rows[i] + 1.
template <typename Take>
void for_each_run(const std::vector<std::int64_t>& rows, Take&& take) {
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t last = first + 1;
    while (last < rows.size() && rows[last] == rows[last - 1] + 1) ++last;
    take(static_cast<std::int64_t>(first), static_cast<std::int64_t>(last));
    first = last;
  }
}

// Copies the vectors of `from` to their rows of `factors`, which are 0; returns the rows that have none.
std::vector<std::int64_t> place_known(const Context& ctx, const WarmVectors& from, Tensor<float, 2>& factors) {
  const std::int64_t k = factors.size(1);
  ctx.fill_zero(factors.data(), factors.bytes());
  std::vector<char> known(static_cast<std::size_t>(factors.size(0)));
  const std::vector<std::int64_t> rows(from.rows.begin(), from.rows.end());
  for_each_run(rows, [&](std::int64_t first, std::int64_t last) {
    const std::int64_t row = rows[static_cast<std::size_t>(first)];
    if (row < 0) {  // -1, 0, 1 ... is a run, too
      if (last - first == 1) return;
      ++first;
    }
    const std::int64_t begin = rows[static_cast<std::size_t>(first)];
    std::fill_n(known.begin() + begin, last - first, 1);
    ctx.copy_from_host(factors.view().row(begin), from.vectors.row(first), (last - first) * k * 4);
  });
  std::vector<std::int64_t> missing;
  for (std::int64_t row = 0; row < factors.size(0); ++row) {
    if (known[static_cast<std::size_t>(row)] == 0) missing.push_back(row);
  }
  return missing;
}

void put_rows(const Context& ctx, const Tensor<float, 2>& vectors, const std::vector<std::int64_t>& rows,
              Tensor<float, 2>& factors) {
  const std::int64_t k = factors.size(1);
  for_each_run(rows, [&](std::int64_t first, std::int64_t last) {
    ctx.copy_on_device(factors.view().row(rows[static_cast<std::size_t>(first)]), vectors.view().row(first),
                       (last - first) * k * 4);
  });
}

// Items that both know, at most `most`, evenly spaced: their vectors here and in the other run.
void collect_pairs(const WarmVectors& items, const View<const float, 2>& now, std::int64_t most,
                   std::vector<float>& here, std::vector<float>& there) {
  std::vector<std::int64_t> known;
  for (std::size_t r = 0; r < items.rows.size(); ++r) {
    if (items.rows[r] >= 0) known.push_back(static_cast<std::int64_t>(r));
  }
  const std::int64_t k = now.size(1);
  const auto count = static_cast<std::int64_t>(known.size());
  const std::int64_t pairs = std::min(count, most);
  here.resize(static_cast<std::size_t>(pairs * k));
  there.resize(here.size());
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const std::int64_t r = known[static_cast<std::size_t>(pair * count / pairs)];
    std::copy_n(now.row(items.rows[static_cast<std::size_t>(r)]), k, here.begin() + pair * k);
    std::copy_n(items.vectors.row(r), k, there.begin() + pair * k);
  }
}

double relative_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0.0;
  double norm = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - b[i];
    difference += d * d;
    norm += static_cast<double>(b[i]) * b[i];
  }
  return norm > 0.0 ? std::sqrt(difference / norm) : 0.0;
}

}  // namespace

// Known rows are copied. New users are folded in over the known items, then new items over all users.
void AlsModel::warm_start(const Context& ctx, const WarmStart& from) {
  const std::int64_t k = config_.factors;
  for (const WarmVectors* side : {&from.users, &from.items}) {
    if (side->vectors.size(1) == k) continue;
    fail(ErrorKind::usage, "model.factors: {}, but the vectors to begin with have {} numbers; expected the same", k,
         side->vectors.size(1));
  }
  const std::vector<std::int64_t> new_users = place_known(ctx, from.users, user_factors_);
  const std::vector<std::int64_t> new_items = place_known(ctx, from.items, item_factors_);
  if (!new_users.empty()) {
    const CsrRows histories(data_->train(), new_users);
    Tensor<float, 2> vectors(ctx, {static_cast<std::int64_t>(new_users.size()), k}, "als.fold_in");
    fold_in_users(ctx, histories.view(data_->train()), vectors.view());
    put_rows(ctx, vectors, new_users, user_factors_);
  }
  if (!new_items.empty()) {
    const CsrRows audiences(data_->train_transposed(), new_items);
    Tensor<float, 2> vectors(ctx, {static_cast<std::int64_t>(new_items.size()), k}, "als.fold_in");
    fold_in_items(ctx, audiences.view(data_->train_transposed()), vectors.view());
    put_rows(ctx, vectors, new_items, item_factors_);
  }
  ctx.synchronize();
  users_are_known_ = true;
}

// By the items alone: finish_training() solves the users for the items as they lie then. After a warm start the basis
// is mostly kept as it is: a rotation that brings the items nearer by less than 1 % is not made.
Alignment AlsModel::align(const Context& ctx, const WarmStart& to) {
  const std::int64_t k = config_.factors;
  std::vector<float> here;
  std::vector<float> there;
  {
    const HostCopy<float, 2> items(ctx, std::as_const(item_factors_).view());
    collect_pairs(to.items, items.view(), std::max<std::int64_t>(4096, 4 * k), here, there);
  }
  const auto pairs = static_cast<std::int64_t>(here.size()) / k;
  std::vector<float> rotation(static_cast<std::size_t>(k * k));
  const Context host = ctx.on_host();
  const View<const float, 2> source{here.data(), {pairs, k}};
  orthogonal_procrustes(host, {.x = source, .y = {there.data(), {pairs, k}}, .rotation = {rotation.data(), {k, k}}});
  std::vector<float> turned_here(here.size());
  gemm(host, {.a = source, .b = {rotation.data(), {k, k}}, .c = {turned_here.data(), {pairs, k}}});
  const double error_before = relative_distance(here, there);
  const double error = relative_distance(turned_here, there);
  if (error > 0.99 * error_before) return {.error_before = error_before, .error = error_before};
  const DeviceInput<float, 2> rotation_here(ctx, {rotation.data(), {k, k}}, "als.rotation");
  Tensor<float, 2> turned(ctx, {item_factors_.size(0), k}, "als.item_factors");
  gemm(ctx, {.a = std::as_const(item_factors_).view(), .b = rotation_here.view(), .c = turned.view()});
  item_factors_ = std::move(turned);
  return {.error_before = error_before, .error = error};
}

}  // namespace kindred
