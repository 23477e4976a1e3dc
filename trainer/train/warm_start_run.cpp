// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/warm_start_run.h"

#include "kernels/core/check.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace kindred {

namespace {

// Training rows alone: users who were held out for evaluation have no vector.
std::vector<std::int32_t> rows_here(const IdDictionary& before, std::int64_t rows_before, const IdDictionary& now,
                                    std::int64_t rows_now) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(rows_before), -1);
  for (std::int64_t row = 0; row < rows_before; ++row) {
    const auto found = now.find(before.text(row));
    if (found && *found < rows_now) rows[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(*found);
  }
  return rows;
}

View<const float, 2> vectors_of(Model& model, std::string_view name, std::int64_t rows, const std::string& run) {
  for (const NamedParameter& parameter : model.parameters()) {
    if (parameter.name == name && parameter.shape.size() == 2 && parameter.shape[0] == rows) {
      return {static_cast<const float*>(parameter.data), {rows, parameter.shape[1]}};
    }
  }
  fail(ErrorKind::usage, "run.warm_start: {} has no vectors to begin with; model als has", run);
}

}  // namespace

WarmStartRun::WarmStartRun(const std::filesystem::path& folder, Model& model, const Dataset& data) : folder_(folder) {
  TrainedRun run = open_run_on(Context::cpu(), RunFolder::find(folder.string(), {}));
  data_ = run.data;
  model_ = std::move(run.model);
  if (model_->type() != model.type()) {
    fail(ErrorKind::usage, "run.warm_start: {} has a model of type {}, this run one of type {}", folder.string(),
         model_->type(), model.type());
  }
  const std::int64_t length = vectors_of(model, "item_factors", data.num_items(), "this run").size(1);
  const std::int64_t length_before = vectors_of(*model_, "item_factors", data_->num_items(), folder.string()).size(1);
  if (length != length_before) {
    fail(ErrorKind::usage, "model.factors: {}, but the vectors of {} have {} numbers; expected the same", length,
         folder.string(), length_before);
  }
  const auto join = [&](const char* name, const IdDictionary& before, std::int64_t rows_before, const IdDictionary& now,
                        std::int64_t rows_now, WarmVectors& side, Counts& counts) {
    side.vectors = vectors_of(*model_, name, rows_before, folder.string());
    side.rows = rows_here(before, rows_before, now, rows_now);
    counts.gone = std::count(side.rows.begin(), side.rows.end(), -1);
    counts.known = rows_before - counts.gone;
    counts.fresh = rows_now - counts.known;
  };
  join("user_factors", data_->users(), data_->num_users(), data.users(), data.num_users(), start_.users, users_);
  join("item_factors", data_->items(), data_->num_items(), data.items(), data.num_items(), start_.items, items_);
  if (users_.known == 0 && items_.known == 0) {
    fail(ErrorKind::usage, "run.warm_start: {} and the new data have no user and no item in common", folder.string());
  }
}

std::string WarmStartRun::counts_text() const {
  return fmt::format("{} users and {} items known, {} and {} new, {} and {} gone", users_.known, items_.known,
                     users_.fresh, items_.fresh, users_.gone, items_.gone);
}

nlohmann::ordered_json WarmStartRun::to_json() const {
  const auto side = [](const Counts& counts) {
    return nlohmann::ordered_json{{"known", counts.known}, {"new", counts.fresh}, {"gone", counts.gone}};
  };
  return {{"run", folder_.string()}, {"users", side(users_)}, {"items", side(items_)}};
}

}  // namespace kindred
