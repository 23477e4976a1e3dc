// SPDX-License-Identifier: Apache-2.0
// What every model is to the trainer: built from its config section and a dataset, trains an epoch at a time, ranks
// items for users, names its parameters for checkpoint and export. The list of models is make_model (model_table.cpp).
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"
#include "trainer/config/config.h"
#include "trainer/data/dataset.h"
#include "trainer/models/warm_start.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// Users to rank items for; all arrays are the host's. Row r: user row users(r) of the training matrix, or -1 for one
// who was not trained and is folded in from history row r.
struct RankQuery {
  View<const std::int32_t, 1> users;            // [n]
  CsrView history;                              // [n, I]
  CsrView masked;                               // [n, I] never ranked (seen items, deny list); values ignored
  std::span<const std::int32_t> allowed_items;  // ascending; empty: the whole catalogue
};

// Top k of each row, on the host: score descending, then item ascending. Rows with fewer than k candidates are filled
// with item -1 and score -inf.
struct RankResult {
  View<std::int32_t, 2> items;       // [n, k]
  View<float, 2> scores;             // [n, k]
  std::int64_t tied_boundaries = 0;  // rows whose k-th and (k+1)-th score are equal
};

// One array of a model, as a checkpoint stores it: row-major fp32, int32 or int64, on the device of the context that
// the model was built with.
struct NamedParameter {
  std::string name;  // "user_factors"
  std::vector<std::int64_t> shape;
  std::string dtype;  // "float32", "int32", "int64"
  void* data = nullptr;

  std::int64_t bytes() const {
    std::int64_t total = dtype == "int64" ? 8 : 4;
    for (const std::int64_t size : shape) total = checked_mul(total, size);
    return total;
  }
};

// What a history item adds to a score; the contributions of a user's history sum to the score.
struct Contribution {
  std::int32_t item = 0;
  double value = 0.0;
};

// Vectors whose inner products are the scores, on the device of the model's context: what an export and its index are
// made of.
struct ModelVectors {
  View<const float, 2> users;  // [U, K]
  View<const float, 2> items;  // [I, K], then the items that were added
};

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view type() const = 0;
  virtual std::int64_t epochs() const = 0;
  // Trains epoch `epoch` (0-based).
  virtual void train_epoch(const Context& ctx, std::int64_t epoch) = 0;
  // Once, after the last epoch or when early stopping has put the best parameters back.
  virtual void finish_training(const Context& /*ctx*/) {}
  // The objective on the full training data, where the model has one. Not part of the training time.
  virtual std::optional<double> objective(const Context& ctx) const = 0;
  virtual void rank(const Context& ctx, const RankQuery& query, RankResult& result) const = 0;
  // Contributions of each item of one user's history (CSR with one row) to the score of `item`.
  virtual std::vector<Contribution> explain(const Context& ctx, const RankQuery& query, std::int32_t item) const = 0;
  // The k items most like `item`, with a similarity in [-1, 1].
  virtual void similar(const Context& ctx, std::int32_t item, std::int64_t k, std::vector<std::int32_t>& items,
                       std::vector<float>& similarities) const = 0;
  // Takes in items that were not trained, as rows after all others, from the training users who touched them [n, U];
  // for rank, explain and similar: train_epoch, objective and checkpoints are about the training data alone.
  // Error(usage) of a model that cannot.
  virtual void add_items(const Context& ctx, const CsrView& audiences);
  // The vectors of a model that has such; nothing where scores are no inner products.
  virtual std::optional<ModelVectors> vectors() const { return std::nullopt; }
  // Of a model with vectors: those of users who were not trained, from their histories [n, I] (on the host) into
  // out [n, K] (on the device).
  virtual void fold_in_users(const Context& ctx, const CsrView& histories, View<float, 2> out) const;
  // Before the first epoch: begins with another run's vectors instead of random numbers; rows that it does not know are
  // folded in. Error(usage) of a model that cannot, or whose vectors have another length.
  virtual void warm_start(const Context& ctx, const WarmStart& from);
  // After the last epoch, before finish_training: turns the vectors by a rotation (which changes no score) as near as
  // can be to the other run's, so that its vectors of users still meet the items of this one.
  virtual Alignment align(const Context& ctx, const WarmStart& to);
  // Every array that a checkpoint must hold. Restoring = writing into the same arrays of a freshly built model (through
  // that context: copy_to_host, copy_from_host).
  virtual std::vector<NamedParameter> parameters() = 0;
};

// Whether the model's operations exist for a kind of device; make_model throws Error(usage) where they do not.
bool model_runs_on(ModelType type, DeviceType device);
// Builds the model of the config for a dataset, initialised from ctx.seed(). All calls of the model take this context.
std::unique_ptr<Model> make_model(const Context& ctx, const ModelConfig& config, std::shared_ptr<const Dataset> data);

}  // namespace kindred
