// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/als_model.h"

#include "kernels/als/als.h"
#include "kernels/als/als_formula.h"
#include "kernels/core/host_exchange.h"
#include "kernels/gather_rows/gather_rows.h"
#include "kernels/topk/topk.h"
#include "trainer/models/csr_rows.h"
#include "trainer/models/history_ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kindred {

AlsModel::AlsModel(const Context& ctx, const AlsConfig& config, std::shared_ptr<const Dataset> data)
    : AlsModel(ctx, config, data, plan_als_memory(ctx, config, *data)) {}

AlsModel::AlsModel(const Context& ctx, const AlsConfig& config, std::shared_ptr<const Dataset> data,
                   const AlsMemory& memory)
    : config_(config), data_(std::move(data)) {
  als_require_solver(ctx, config_.solver);
  require_memory(memory.plan,
                 fmt::format("als with model.factors={} on {} users and {} items", config_.factors, data_->num_users(),
                             data_->num_items()),
                 "choose fewer factors");
  by_user_ = AlsInteractions(data_->train(), "als.interactions_by_user", memory.block_bytes);
  by_item_ = AlsInteractions(data_->train_transposed(), "als.interactions_by_item", memory.block_bytes);
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

// Rows do not depend on each other, so blocks of them may be solved one after another.
void AlsModel::solve_all(const Context& ctx, const AlsInteractions& interactions, View<const float, 2> fixed,
                         View<float, 2> solved, AlsSolver solver) const {
  interactions.for_each_block(ctx, [&](const CsrView& block, std::int64_t first_row) {
    solve(ctx, block, fixed, solved.slice(first_row, first_row + block.rows), solver);
  });
}

// Reads the lengths of the rows alone.
void AlsModel::balance(const Context& ctx) {
  als_balance(ctx, {.interactions = by_user_.lengths(ctx),
                    .transposed = by_item_.lengths(ctx),
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
  // After a warm start the users have vectors already: the first epoch is about the items.
  const bool users_are_known = epoch == 0 && users_are_known_;
  if (!users_are_known) solve_all(ctx, by_user_, item_factors_.view(), user_factors_.view(), config_.solver);
  solve_all(ctx, by_item_, user_factors_.view(), item_factors_.view(), config_.solver);
}

// A trained vector is then what fold-in gives for the same history, and explanations sum to the score.
void AlsModel::finish_training(const Context& ctx) {
  solve_all(ctx, by_user_, item_factors_.view(), user_factors_.view(), exact_solver());
}

std::optional<double> AlsModel::objective(const Context& ctx) const {
  double total = 0.0;
  by_user_.for_each_block(ctx, [&](const CsrView& block, std::int64_t first_row) {
    const AlsObjective part{.interactions = block,
                            .x = user_factors_.view().slice(first_row, first_row + block.rows),
                            .y = item_factors_.view(),
                            .unobserved_weight = config_.unobserved_weight,
                            .regularization = config_.regularization,
                            .regularization_exponent = config_.regularization_exponent,
                            .form = config_.form};
    total += als_objective(ctx, part);
  });
  return by_user_.streamed() ? total + item_penalty_correction(ctx) : total;
}

// The penalty of the items, l_i |y_i|^2, counts each item's entries in all rows; the sum over blocks counts them within
// each. With an exponent of 1 both are the same.
double AlsModel::item_penalty_correction(const Context& ctx) const {
  if (config_.regularization_exponent == 1.0) return 0.0;
  const HostCopy<float, 2> items(ctx, item_factors_.view());
  const std::int64_t count = data_->num_items();
  std::vector<double> weights(static_cast<std::size_t>(count));
  const auto penalty = [&](std::int64_t length, std::int64_t rows) {
    return als_row_regularization(length, rows, config_.unobserved_weight, config_.regularization,
                                  config_.regularization_exponent);
  };
  for (std::int64_t item = 0; item < count; ++item) {
    weights[static_cast<std::size_t>(item)] = penalty(data_->train_transposed().length(item), data_->num_users());
  }
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(count));
  by_user_.for_each_block_of_rows([&](std::int64_t begin, std::int64_t end) {
    std::fill(lengths.begin(), lengths.end(), 0);
    const CsrView& train = data_->train();
    for (std::int64_t entry = train.begin(begin); entry < train.end(end - 1); ++entry) {
      ++lengths[static_cast<std::size_t>(train.ids(entry))];
    }
    for (std::size_t item = 0; item < lengths.size(); ++item) weights[item] -= penalty(lengths[item], end - begin);
  });
  double correction = 0.0;
  for (std::int64_t item = 0; item < count; ++item) {
    double squares = 0.0;
    for (std::int64_t f = 0; f < config_.factors; ++f) {
      const double value = items.view()(item, f);
      squares += value * value;
    }
    correction += weights[static_cast<std::size_t>(item)] * squares;
  }
  return correction;
}

void AlsModel::fold_in_users(const Context& ctx, const CsrView& histories, View<float, 2> out) const {
  const DeviceCsr interactions(ctx, histories, "als.fold_in");
  ctx.fill_zero(out.data(), out.count() * 4);
  solve(ctx, interactions.view(), item_factors_.view(), out, exact_solver());
}

void AlsModel::fold_in_items(const Context& ctx, const CsrView& audiences, View<float, 2> out) const {
  const DeviceCsr interactions(ctx, audiences, "als.fold_in");
  ctx.fill_zero(out.data(), out.count() * 4);
  solve(ctx, interactions.view(), user_factors_.view(), out, exact_solver());
}

void AlsModel::rank(const Context& ctx, const RankQuery& query, RankResult& result) const {
  const std::int64_t count = query.users.size(0);
  const std::int64_t k = config_.factors;
  Tensor<float, 2> queries(ctx, {count, k}, "als.queries");
  const DeviceInput<std::int32_t, 1> users(ctx, query.users, "als.users");
  gather_rows(ctx, {.source = user_factors_.view(), .rows = users.view(), .out = queries.view()});
  std::vector<std::int64_t> strangers;
  std::vector<std::int32_t> place(static_cast<std::size_t>(count), -1);  // of a query among the strangers
  for (std::int64_t row = 0; row < count; ++row) {
    if (query.users(row) >= 0) continue;
    place[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(strangers.size());
    strangers.push_back(row);
  }
  if (!strangers.empty()) {
    const CsrRows histories(query.history, strangers);
    Tensor<float, 2> vectors(ctx, {static_cast<std::int64_t>(strangers.size()), k}, "als.fold_in");
    fold_in_users(ctx, histories.view(query.history), vectors.view());
    const DeviceInput<std::int32_t, 1> places(ctx, {place.data(), {count}}, "als.users");
    gather_rows(ctx, {.source = vectors.view(), .rows = places.view(), .out = queries.view()});
  }
  const DeviceCsr masked(ctx, query.masked, "als.masked");
  const DeviceOutput<std::int32_t, 2> top_items(ctx, result.items, "als.top_items");
  const DeviceOutput<float, 2> top_scores(ctx, result.scores, "als.top_scores");
  result.tied_boundaries = topk(ctx, {.queries = queries.view(),
                                      .items = item_factors_.view(),
                                      .excluded = masked.view(),
                                      .allowed = query.allowed_items,
                                      .top_items = top_items.view(),
                                      .top_scores = top_scores.view()});
  top_items.fetch(ctx);
  top_scores.fetch(ctx);
}

// On the host, whatever the device: one row is too little work for a GPU, and fp64 is what makes the parts sum to the
// score.
std::vector<Contribution> AlsModel::explain(const Context& ctx, const RankQuery& query, std::int32_t item) const {
  check_item(item, item_factors_.size(0));
  const HostCopy<float, 2> items(ctx, item_factors_.view());
  // A trained user's vector was solved before items were added, a stranger's is solved with them.
  CsrView history = query.history;
  View<const float, 2> y = items.view();
  if (query.users(0) >= 0) y = y.slice(0, data_->num_items());
  history.columns = y.size(0);
  std::vector<double> values(static_cast<std::size_t>(history.nnz()));
  als_explain(ctx.on_host(), {.history = history,
                              .y = y,
                              .target = {items.view().row(item), {config_.factors}},
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
  check_item(item, count);
  std::vector<float> vectors = item_factors_.to_host(ctx);
  for (std::int64_t row = 0; row < count; ++row) {
    float* vector = vectors.data() + row * config_.factors;
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
  const DeviceInput<float, 2> unit(ctx, {vectors.data(), {count, config_.factors}}, "als.unit_items");
  const DeviceCsr excluded(ctx, itself, "als.masked");
  const DeviceOutput<std::int32_t, 2> top_items(ctx, {items.data(), {1, k}}, "als.top_items");
  const DeviceOutput<float, 2> top_scores(ctx, {similarities.data(), {1, k}}, "als.top_scores");
  topk(ctx, {.queries = unit.view().slice(item, item + 1),
             .items = unit.view(),
             .excluded = excluded.view(),
             .allowed = {},
             .top_items = top_items.view(),
             .top_scores = top_scores.view()});
  top_items.fetch(ctx);
  top_scores.fetch(ctx);
}

void AlsModel::add_items(const Context& ctx, const CsrView& audiences) {
  const std::int64_t before = item_factors_.size(0);
  Tensor<float, 2> grown(ctx, {before + audiences.rows, config_.factors}, "als.item_factors");
  ctx.copy_on_device(grown.data(), item_factors_.data(), item_factors_.bytes());
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
