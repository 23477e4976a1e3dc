// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/recommend.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace kindred {

namespace {

constexpr std::int64_t kBlockUsers = 1024;

std::vector<std::int32_t> resolve_items(const Catalogue& items, std::span<const std::string> ids, const char* list) {
  std::vector<std::int32_t> rows;
  for (const std::string& id : ids) {
    const auto row = items.find(id);
    if (!row) fail(ErrorKind::usage, "{}: item '{}' is not in the training data", list, id);
    rows.push_back(*row);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// The known part of a held-out user's history, as evaluation folds it in.
bool find_held_out(const EvaluationPart& part, Listener& listener) {
  if (!part.present || !part.fold_in) return false;
  const auto users = part.users.span();
  const auto found = std::find(users.begin(), users.end(), listener.row);
  if (found == users.end()) return false;
  const std::int64_t row = found - users.begin();
  const auto ids = part.history.row_ids(row);
  listener.items.assign(ids.begin(), ids.end());
  if (part.history.has_values()) {
    for (std::int64_t e = part.history.begin(row); e < part.history.end(row); ++e) {
      listener.values.push_back(part.history.value(e));
    }
  }
  return true;
}

}  // namespace

// Arrays behind one RankQuery.
struct Recommender::Block {
  std::vector<std::int32_t> users;
  std::vector<std::int64_t> history_offsets{0};
  std::vector<std::int32_t> history_ids;
  std::vector<float> history_values;
  std::vector<std::int64_t> masked_offsets{0};
  std::vector<std::int32_t> masked_ids;

  RankQuery query(std::int64_t num_items, bool with_values, std::span<const std::int32_t> allowed) const {
    const auto rows = static_cast<std::int64_t>(users.size());
    const auto csr = [&](const std::vector<std::int64_t>& offsets, const std::vector<std::int32_t>& ids) {
      return CsrView{.rows = rows,
                     .columns = num_items,
                     .offsets = {offsets.data(), {rows + 1}},
                     .ids = {ids.data(), {static_cast<std::int64_t>(ids.size())}},
                     .values = {}};
    };
    RankQuery query{.users = {users.data(), {rows}},
                    .history = csr(history_offsets, history_ids),
                    .masked = csr(masked_offsets, masked_ids),
                    .allowed_items = allowed};
    if (with_values) query.history.values = {history_values.data(), {static_cast<std::int64_t>(history_values.size())}};
    return query;
  }
};

Recommender::Recommender(const Context& ctx, const Catalogue& catalogue, const Model& model, RecommendOptions options)
    : ctx_(ctx),
      catalogue_(catalogue),
      data_(catalogue.data()),
      model_(model),
      options_(std::move(options)),
      allowed_(resolve_items(catalogue, options_.allow, "--allow")),
      denied_(resolve_items(catalogue, options_.deny, "--deny")) {
  options_.k = std::min(options_.k, catalogue.size());
}

Listener Recommender::listener(std::string_view user) const {
  const auto row = data_.users().find(user);
  if (!row) {
    fail(ErrorKind::usage,
         "user '{}' is not in the training data; a new user can be served from a history (--histories)", user);
  }
  Listener listener = known(*row, std::string(user));
  if (*row < data_.num_users()) return listener;
  if (!find_held_out(data_.test(), listener) && !find_held_out(data_.validation(), listener)) {
    fail(ErrorKind::data, "user '{}' was held out of training and has no known history", user);
  }
  listener.row = -1;
  return listener;
}

Listener Recommender::known(std::int64_t row, std::string name) const {
  const auto seen = catalogue_.touched(row);
  return {.name = std::move(name),
          .row = static_cast<std::int32_t>(row),
          .items = {},
          .values = {},
          .seen = {seen.begin(), seen.end()}};
}

std::vector<Listener> Recommender::everybody() const {
  std::vector<Listener> listeners;
  for (std::int64_t row = 0; row < data_.num_users(); ++row) listeners.push_back(known(row, data_.users().text(row)));
  return listeners;
}

Listener Recommender::stranger(std::string name, std::span<const std::string> items, std::int64_t& unknown) const {
  Listener listener{.name = std::move(name), .row = -1, .items = {}, .values = {}};
  for (const std::string& id : items) {
    if (const auto row = catalogue_.find(id)) {
      listener.items.push_back(*row);
    } else {
      ++unknown;
    }
  }
  std::sort(listener.items.begin(), listener.items.end());
  listener.items.erase(std::unique(listener.items.begin(), listener.items.end()), listener.items.end());
  listener.values.assign(listener.items.size(), catalogue_.event_confidence());
  return listener;
}

Recommender::Block Recommender::block(std::span<const Listener> listeners) const {
  const CsrView& train = data_.train();
  Block block;
  for (const Listener& listener : listeners) {
    block.users.push_back(listener.row);
    const std::size_t history_begin = block.history_ids.size();
    if (listener.row >= 0) {
      const auto ids = train.row_ids(listener.row);
      block.history_ids.insert(block.history_ids.end(), ids.begin(), ids.end());
      for (std::int64_t e = train.begin(listener.row); e < train.end(listener.row); ++e) {
        block.history_values.push_back(train.value(e));
      }
    } else {
      block.history_ids.insert(block.history_ids.end(), listener.items.begin(), listener.items.end());
      for (std::size_t i = 0; i < listener.items.size(); ++i) {
        block.history_values.push_back(listener.values.empty() ? 1.0F : listener.values[i]);
      }
    }
    block.history_offsets.push_back(static_cast<std::int64_t>(block.history_ids.size()));

    std::vector<std::int32_t> seen;
    if (!options_.include_seen) {
      seen.assign(block.history_ids.begin() + static_cast<std::ptrdiff_t>(history_begin), block.history_ids.end());
      seen.insert(seen.end(), listener.seen.begin(), listener.seen.end());
    }
    std::set_union(seen.begin(), seen.end(), denied_.begin(), denied_.end(), std::back_inserter(block.masked_ids));
    block.masked_offsets.push_back(static_cast<std::int64_t>(block.masked_ids.size()));
  }
  return block;
}

void Recommender::recommend(std::span<const Listener> listeners, const Sink& sink) const {
  const auto total = static_cast<std::int64_t>(listeners.size());
  std::vector<std::int32_t> items(static_cast<std::size_t>(std::min(total, kBlockUsers) * options_.k));
  std::vector<float> scores(items.size());
  std::vector<Recommendation> list;
  for (std::int64_t begin = 0; begin < total; begin += kBlockUsers) {
    const std::int64_t count = std::min(kBlockUsers, total - begin);
    const auto part = listeners.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    const Block arrays = block(part);
    RankResult result{.items = {items.data(), {count, options_.k}}, .scores = {scores.data(), {count, options_.k}}};
    model_.rank(ctx_, arrays.query(catalogue_.size(), data_.train().has_values(), allowed_), result);
    for (std::int64_t r = 0; r < count; ++r) {
      list.clear();
      for (std::int64_t j = 0; j < options_.k && result.items(r, j) >= 0; ++j) {
        list.push_back({result.items(r, j), result.scores(r, j)});
      }
      sink(part[static_cast<std::size_t>(r)], list);
    }
  }
}

std::vector<Contribution> Recommender::explain(const Listener& listener, std::int32_t item) const {
  const Block arrays = block({&listener, 1});
  auto contributions =
      model_.explain(ctx_, arrays.query(catalogue_.size(), data_.train().has_values(), allowed_), item);
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const Contribution& a, const Contribution& b) { return a.value > b.value; });
  return contributions;
}

}  // namespace kindred
