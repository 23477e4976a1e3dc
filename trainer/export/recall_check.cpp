// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/recall_check.h"

#include "kernels/core/host_exchange.h"
#include "kernels/gather_rows/gather_rows.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <chrono>
#include <span>

namespace kindred {

namespace {

// `most` of `count` numbers, evenly spaced.
std::vector<std::int64_t> spread(std::int64_t count, std::int64_t most) {
  std::vector<std::int64_t> rows;
  const std::int64_t taken = std::min(count, most);
  for (std::int64_t i = 0; i < taken; ++i) rows.push_back(i * count / taken);
  return rows;
}

std::vector<float> folded_in(const Context& ctx, const CsrView& histories, const std::vector<std::int64_t>& rows,
                             const Model& model, std::int64_t dim) {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<float> values;
  for (const std::int64_t row : rows) {
    const auto items = histories.row_ids(row);
    ids.insert(ids.end(), items.begin(), items.end());
    for (std::int64_t e = histories.begin(row); e < histories.end(row); ++e) values.push_back(histories.value(e));
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto nnz = static_cast<std::int64_t>(ids.size());
  CsrView chosen{.rows = count,
                 .columns = histories.columns,
                 .offsets = {offsets.data(), {count + 1}},
                 .ids = {ids.data(), {nnz}},
                 .values = {}};
  if (histories.has_values()) chosen.values = {values.data(), {nnz}};
  Tensor<float, 2> vectors(ctx, {count, dim}, "export.queries");
  model.fold_in_users(ctx, chosen, vectors.view());
  return vectors.to_host(ctx);
}

std::vector<float> trained(const Context& ctx, View<const float, 2> users, const std::vector<std::int32_t>& rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Tensor<float, 2> vectors = Tensor<float, 2>::zeros(ctx, {count, users.size(1)}, "export.queries");
  const DeviceInput<std::int32_t, 1> places(ctx, {rows.data(), {count}}, "export.queries");
  gather_rows(ctx, {.source = users, .rows = places.view(), .out = vectors.view()});
  return vectors.to_host(ctx);
}

}  // namespace

CheckQueries make_check_queries(const Context& ctx, const Dataset& data, const Model& model, std::int64_t most) {
  const View<const float, 2> users = model.vectors().value().users;
  CheckQueries queries;
  const bool test = data.test().present;
  const EvaluationPart& part = test ? data.test() : data.validation();
  const std::string name = test ? "test" : "validation";
  if (part.present && part.fold_in) {
    const auto rows = spread(part.users.size(0), most);
    queries.from = name + " users, folded in";
    queries.count = static_cast<std::int64_t>(rows.size());
    queries.vectors = folded_in(ctx, part.history, rows, model, users.size(1));
    return queries;
  }
  std::vector<std::int32_t> rows;
  for (const std::int64_t row : spread(part.present ? part.users.size(0) : users.size(0), most)) {
    rows.push_back(part.present ? part.users(row) : static_cast<std::int32_t>(row));
  }
  queries.from = part.present ? name + " users, as trained" : "training users";
  queries.count = static_cast<std::int64_t>(rows.size());
  queries.vectors = trained(ctx, users, rows);
  return queries;
}

RecallCheck::RecallCheck(const Context& ctx, View<const float, 2> items, View<const float, 2> queries)
    : items_(items),
      queries_(queries),
      places_(std::min(kRecallPlaces, items.size(0))),
      exact_(static_cast<std::size_t>(queries.size(0) * places_)),
      threads_(ctx.threads()) {
  std::vector<float> scores(exact_.size());
  const std::array<std::int64_t, 2> shape{queries.size(0), places_};
  const DeviceInput<float, 2> device_items(ctx, items, "export.items");
  const DeviceInput<float, 2> device_queries(ctx, queries, "export.queries");
  const DeviceOutput<std::int32_t, 2> top_items(ctx, {exact_.data(), shape}, "export.exact");
  const DeviceOutput<float, 2> top_scores(ctx, {scores.data(), shape}, "export.exact");
  topk(ctx, {.queries = device_queries.view(),
             .items = device_items.view(),
             .top_items = top_items.view(),
             .top_scores = top_scores.view()});
  top_items.fetch(ctx);
  top_scores.fetch(ctx);
}

double RecallCheck::score(std::int64_t query, std::int64_t item) const {
  const float* q = queries_.row(query);
  const float* x = items_.row(item);
  double sum = 0.0;
  for (std::int64_t d = 0; d < items_.size(1); ++d) sum += static_cast<double>(q[d]) * x[d];
  return sum;
}

Recall RecallCheck::measure(const ItemIndex& index, std::int64_t begin, std::int64_t step) const {
  const std::int64_t dim = queries_.size(1);
  std::vector<std::int64_t> rows;
  for (std::int64_t row = begin; row < queries_.size(0); row += step) rows.push_back(row);
  const auto count = static_cast<std::int64_t>(rows.size());
  std::vector<float> chosen(static_cast<std::size_t>(count * dim));
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(queries_.row(rows[static_cast<std::size_t>(i)]), dim, chosen.data() + i * dim);
  }
  std::vector<std::int64_t> found(static_cast<std::size_t>(count * places_));
  index.search({chosen.data(), {count, dim}}, {found.data(), {count, places_}}, threads_);

  const auto hits = [&](std::int64_t i, std::int64_t k) {
    const std::int64_t query = rows[static_cast<std::size_t>(i)];
    const std::span<const std::int32_t> exact(exact_.data() + query * places_, static_cast<std::size_t>(k));
    const double last = score(query, exact.back());
    std::int64_t sum = 0;
    for (std::int64_t place = 0; place < k; ++place) {
      const std::int64_t item = found[static_cast<std::size_t>(i * places_ + place)];
      if (item < 0 || item >= items_.size(0)) continue;
      const bool in_exact = std::find(exact.begin(), exact.end(), static_cast<std::int32_t>(item)) != exact.end();
      sum += in_exact || score(query, item) >= last ? 1 : 0;
    }
    return sum;
  };
  const std::int64_t ten = std::min<std::int64_t>(10, places_);
  std::int64_t of_ten = 0;
  std::int64_t of_all = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    of_ten += hits(i, ten);
    of_all += hits(i, places_);
  }
  return {.queries = count,
          .at_10 = static_cast<double>(of_ten) / static_cast<double>(count * ten),
          .at_100 = static_cast<double>(of_all) / static_cast<double>(count * places_)};
}

SearchSpeed RecallCheck::time(const ItemIndex& index) const {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kSingle = 200;
  const auto seconds = [](Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
  };
  const std::int64_t singles = std::min(kSingle, queries_.size(0));
  std::vector<std::int64_t> found(static_cast<std::size_t>(queries_.size(0) * places_));
  std::vector<double> times;
  for (std::int64_t row = 0; row < singles; ++row) {
    const auto begin = Clock::now();
    index.search(queries_.slice(row, row + 1), {found.data(), {1, places_}}, 1);
    times.push_back(seconds(begin) * 1e6);
  }
  std::sort(times.begin(), times.end());
  const auto begin = Clock::now();
  index.search(queries_, {found.data(), {queries_.size(0), places_}}, threads_);
  const double all = seconds(begin);
  return {.latency_us_p50 = times[times.size() / 2],
          .latency_us_p95 = times[times.size() * 95 / 100],
          .queries_per_s = all > 0.0 ? static_cast<double>(queries_.size(0)) / all : 0.0};
}

}  // namespace kindred
