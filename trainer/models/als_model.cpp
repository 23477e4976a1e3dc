// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/als_model.h"

#include "kernels/als/als.h"
#include "kernels/topk/topk.h"
#include "trainer/models/history_ranking.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace kindred {

namespace {

void check_memory(const AlsConfig& config, const Dataset& data) {
  const std::int64_t factors = checked_mul(checked_mul(data.num_users() + data.num_items(), config.factors), 4);
  const std::int64_t scratch = checked_mul(checked_mul(config.factors, config.factors), 64);
  const std::int64_t mirror = checked_mul(checked_mul(std::max(data.num_users(), data.num_items()), config.factors), 8);
  const std::int64_t needed = factors + scratch + mirror;
  const std::int64_t available = available_memory_bytes();
  if (needed > available) {
    fail(ErrorKind::device,
         "als with model.factors={} on {} users and {} items needs {:.1f} GiB ({:.1f} GiB factors, {:.1f} GiB rotated "
         "mirror, {:.1f} GiB solver), {:.1f} GiB are available; choose fewer factors",
         config.factors, data.num_users(), data.num_items(), static_cast<double>(needed) / 0x1p30,
         static_cast<double>(factors) / 0x1p30, static_cast<double>(mirror) / 0x1p30,
         static_cast<double>(scratch) / 0x1p30, static_cast<double>(available) / 0x1p30);
  }
}

}  // namespace

AlsModel::AlsModel(const Context& ctx, const AlsConfig& config, std::shared_ptr<const Dataset> data)
    : config_(config), data_(std::move(data)) {
  check_memory(config_, *data_);
  // The first half step solves the users: only the items need a start.
  user_factors_ = Tensor<float, 2>::zeros(ctx, {data_->num_users(), config_.factors}, "als.user_factors");
  item_factors_ = Tensor<float, 2>(ctx, {data_->num_items(), config_.factors}, "als.item_factors");
  als_init(ctx, {.x = item_factors_.view(), .stddev = config_.init_stddev, .purpose = "als.init.items"});
}

void AlsModel::solve(const Context& ctx, const CsrView& interactions, View<const float, 2> fixed, View<float, 2> solved,
                     AlsSolver solver) const {
  als_half_step(ctx, {.interactions = interactions,
                      .y = fixed,
                      .x = solved,
                      .unobserved_weight = config_.unobserved_weight,
                      .regularization = config_.regularization,
                      .regularization_exponent = config_.regularization_exponent,
                      .form = config_.form,
                      .solver = solver,
                      .cg_steps = config_.cg_steps,
                      .block_size = config_.block_size});
}

void AlsModel::balance(const Context& ctx) {
  als_balance(ctx, {.interactions = data_->train(),
                    .transposed = data_->train_transposed(),
                    .x = user_factors_.view(),
                    .y = item_factors_.view(),
                    .unobserved_weight = config_.unobserved_weight,
                    .regularization = config_.regularization,
                    .regularization_exponent = config_.regularization_exponent});
}

AlsSolver AlsModel::exact_solver() const {
  return config_.solver == AlsSolver::automatic ? AlsSolver::dual : config_.solver;
}

void AlsModel::train_epoch(const Context& ctx, std::int64_t epoch) {
  if (epoch > 0) balance(ctx);
  solve(ctx, data_->train(), item_factors_.view(), user_factors_.view(), config_.solver);
  solve(ctx, data_->train_transposed(), user_factors_.view(), item_factors_.view(), config_.solver);
}

// A trained vector is then what fold-in gives for the same history, and explanations sum to the score.
void AlsModel::finish_training(const Context& ctx) {
  solve(ctx, data_->train(), item_factors_.view(), user_factors_.view(), exact_solver());
}

std::optional<double> AlsModel::objective(const Context& ctx) const {
  return als_objective(ctx, {.interactions = data_->train(),
                             .x = user_factors_.view(),
                             .y = item_factors_.view(),
                             .unobserved_weight = config_.unobserved_weight,
                             .regularization = config_.regularization,
                             .regularization_exponent = config_.regularization_exponent,
                             .form = config_.form});
}

void AlsModel::fold_in_users(const Context& ctx, const CsrView& histories, View<float, 2> out) const {
  std::memset(out.data(), 0, static_cast<std::size_t>(out.count()) * sizeof(float));
  solve(ctx, histories, item_factors_.view(), out, exact_solver());
}

void AlsModel::fold_in_items(const Context& ctx, const CsrView& audiences, View<float, 2> out) const {
  std::memset(out.data(), 0, static_cast<std::size_t>(out.count()) * sizeof(float));
  solve(ctx, audiences, user_factors_.view(), out, exact_solver());
}

namespace {

// The rows of a CSR matrix that `rows` names, with offsets of its own.
struct CsrRows {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<float> values;

  CsrRows(const CsrView& source, const std::vector<std::int64_t>& rows) {
    for (const std::int64_t row : rows) {
      for (std::int64_t e = source.begin(row); e < source.end(row); ++e) {
        ids.push_back(source.ids(e));
        if (source.has_values()) values.push_back(source.value(e));
      }
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
  }
  CsrView view(const CsrView& source) const {
    const auto rows = static_cast<std::int64_t>(offsets.size()) - 1;
    const auto nnz = static_cast<std::int64_t>(ids.size());
    return {.rows = rows,
            .columns = source.columns,
            .offsets = {offsets.data(), {rows + 1}},
            .ids = {ids.data(), {nnz}},
            .values = source.has_values() ? View<const float, 1>{values.data(), {nnz}} : View<const float, 1>{}};
  }
};

}  // namespace

void AlsModel::rank(const Context& ctx, const RankQuery& query, RankResult& result) const {
  const std::int64_t count = query.users.size(0);
  const std::int64_t k = config_.factors;
  Tensor<float, 2> queries(ctx, {count, k}, "als.queries");
  std::vector<std::int64_t> strangers;
  for (std::int64_t row = 0; row < count; ++row) {
    const std::int32_t user = query.users(row);
    if (user < 0) {
      strangers.push_back(row);
    } else {
      std::copy_n(user_factors_.view().row(user), k, queries.view().row(row));
    }
  }
  if (!strangers.empty()) {
    const CsrRows histories(query.history, strangers);
    Tensor<float, 2> vectors(ctx, {static_cast<std::int64_t>(strangers.size()), k}, "als.fold_in");
    fold_in_users(ctx, histories.view(query.history), vectors.view());
    for (std::size_t i = 0; i < strangers.size(); ++i) {
      std::copy_n(vectors.view().row(static_cast<std::int64_t>(i)), k, queries.view().row(strangers[i]));
    }
  }
  result.tied_boundaries = topk(ctx, {.queries = queries.view(),
                                      .items = item_factors_.view(),
                                      .excluded = query.masked,
                                      .allowed = query.allowed_items,
                                      .top_items = result.items,
                                      .top_scores = result.scores});
}

std::vector<Contribution> AlsModel::explain(const Context& ctx, const RankQuery& query, std::int32_t item) const {
  check_item(item, item_factors_.size(0));
  // A trained user's vector was solved before items were added, a stranger's is solved with them.
  CsrView history = query.history;
  View<const float, 2> y = item_factors_.view();
  if (query.users(0) >= 0) y = y.slice(0, data_->num_items());
  history.columns = y.size(0);
  std::vector<double> values(static_cast<std::size_t>(history.nnz()));
  als_explain(ctx, {.history = history,
                    .y = y,
                    .target = {item_factors_.view().row(item), {config_.factors}},
                    .contributions = {values.data(), {history.nnz()}},
                    .unobserved_weight = config_.unobserved_weight,
                    .regularization = config_.regularization,
                    .regularization_exponent = config_.regularization_exponent,
                    .form = config_.form});
  std::vector<Contribution> contributions;
  for (std::size_t entry = 0; entry < values.size(); ++entry) {
    contributions.push_back({history.ids(static_cast<std::int64_t>(entry)), values[entry]});
  }
  return contributions;
}

void AlsModel::similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
                       std::vector<float>& similarities) const {
  // Cosine: the item vectors scaled to length 1; an item without events has no direction and similarity 0.
  const std::int64_t count = item_factors_.size(0);
  Tensor<float, 2> unit = item_factors_.clone(ctx, "als.unit_items");
  for (std::int64_t row = 0; row < count; ++row) {
    float* vector = unit.view().row(row);
    double squares = 0.0;
    for (std::int64_t f = 0; f < config_.factors; ++f) squares += static_cast<double>(vector[f]) * vector[f];
    const auto scale = static_cast<float>(squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0);
    for (std::int64_t f = 0; f < config_.factors; ++f) vector[f] *= scale;
  }
  k = std::min(k, count - 1);
  items.assign(static_cast<std::size_t>(k), -1);
  similarities.assign(static_cast<std::size_t>(k), 0.0F);
  if (k == 0) return;
  const std::vector<std::int64_t> offsets{0, 1};
  const CsrView itself{
      .rows = 1, .columns = count, .offsets = {offsets.data(), {2}}, .ids = {&item, {1}}, .values = {}};
  topk(ctx, {.queries = unit.view().slice(item, item + 1),
             .items = unit.view(),
             .excluded = itself,
             .allowed = {},
             .top_items = {items.data(), {1, k}},
             .top_scores = {similarities.data(), {1, k}}});
}

void AlsModel::add_items(const Context& ctx, const CsrView& audiences) {
  const std::int64_t before = item_factors_.size(0);
  Tensor<float, 2> grown(ctx, {before + audiences.rows, config_.factors}, "als.item_factors");
  std::copy_n(item_factors_.data(), item_factors_.view().count(), grown.data());
  fold_in_items(ctx, audiences, grown.view().slice(before, before + audiences.rows));
  item_factors_ = std::move(grown);
}

std::vector<NamedParameter> AlsModel::parameters() {
  const auto named = [](const char* name, Tensor<float, 2>& factors) {
    return NamedParameter{name, {factors.size(0), factors.size(1)}, "float32", factors.data()};
  };
  return {named("user_factors", user_factors_), named("item_factors", item_factors_)};
}

}  // namespace kindred
