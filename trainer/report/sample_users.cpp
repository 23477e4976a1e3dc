// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/sample_users.h"

#include "trainer/export/catalogue.h"
#include "trainer/export/recommend.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace kindred {

namespace {

// The rows of a matrix that stand evenly in the order of their length, from shortest to longest.
std::vector<std::int64_t> rows_by_length(const CsrView& histories, std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(histories.rows));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::erase_if(order, [&](std::int64_t row) { return histories.length(row) == 0; });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return histories.length(a) < histories.length(b); });
  const auto all = static_cast<std::int64_t>(order.size());
  if (all <= count) return order;
  std::vector<std::int64_t> chosen;
  // The middle of each of `count` equal groups.
  for (std::int64_t n = 0; n < count; ++n) {
    chosen.push_back(order[static_cast<std::size_t>((2 * n + 1) * all / (2 * count))]);
  }
  return chosen;
}

SampleItem sample_item(const Dataset& data, const ItemNames& names, std::int32_t item) {
  SampleItem sample{.id = data.items().text(item), .title = {}};
  sample.title = names.find(sample.id).value_or("");
  return sample;
}

// Entries of a user's history, the most recent first where the training data has times, else the most popular first.
std::vector<SampleItem> history_items(const Dataset& data, const ItemNames& names, std::span<const std::int32_t> items,
                                      std::int32_t user) {
  std::vector<std::pair<std::int64_t, std::int32_t>> order;  // by what comes first, descending
  const bool timed = data.timestamps().size(0) > 0 && user >= 0;
  for (const std::int32_t item : items) {
    std::int64_t key = timed ? std::numeric_limits<std::int64_t>::max() : data.item_popularity()(item);
    if (timed) {
      const auto row = data.train().row_ids(user);
      const auto at = std::lower_bound(row.begin(), row.end(), item);
      // An item of the history that was not trained on (of validation) is newer than all that was.
      if (at != row.end() && *at == item) key = data.timestamps()(data.train().begin(user) + (at - row.begin()));
    }
    order.emplace_back(key, item);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<SampleItem> shown;
  for (const auto& [key, item] : order) {
    if (static_cast<std::int64_t>(shown.size()) == kShownHistory) break;
    shown.push_back(sample_item(data, names, item));
  }
  return shown;
}

}  // namespace

SampleUsers sample_users(const TrainedRun& run, const ItemNames& names, std::int64_t count, std::int64_t k) {
  const Dataset& data = *run.data;
  const EvaluationPart* part = data.test().present         ? &data.test()
                               : data.validation().present ? &data.validation()
                                                           : nullptr;
  SampleUsers sample{.part = part == nullptr        ? "training"
                             : part == &data.test() ? "test"
                                                    : "validation",
                     .most_recent = data.timestamps().size(0) > 0 && (part == nullptr || !part->fold_in),
                     .users = {}};
  const CsrView& histories = part == nullptr ? data.train() : part->history;
  std::vector<Listener> listeners;
  std::vector<std::span<const std::int32_t>> targets;
  for (const std::int64_t row : rows_by_length(histories, count)) {
    const auto user = static_cast<std::int32_t>(part == nullptr ? row : part->users(row));
    const bool trained = user < data.num_users();
    const auto items = histories.row_ids(row);
    Listener listener{.name = data.users().text(user), .row = trained ? user : -1, .items = {}, .values = {}};
    if (trained) {
      // What was known besides the training row (of validation) is not recommended again, as in the evaluation.
      const auto own = data.train().row_ids(user);
      std::set_difference(items.begin(), items.end(), own.begin(), own.end(), std::back_inserter(listener.seen));
    } else {
      listener.items.assign(items.begin(), items.end());
      for (std::int64_t e = histories.begin(row); e < histories.end(row); ++e)
        listener.values.push_back(histories.value(e));
    }
    const auto relevant = part == nullptr ? std::span<const std::int32_t>() : part->targets.row_ids(row);
    sample.users.push_back({.id = listener.name,
                            .history_length = static_cast<std::int64_t>(items.size()),
                            .history = history_items(data, names, items, trained ? user : -1),
                            .recommended = {},
                            .targets = static_cast<std::int64_t>(relevant.size())});
    listeners.push_back(std::move(listener));
    targets.push_back(relevant);
  }
  if (listeners.empty()) return sample;
  const Catalogue catalogue(data);
  const Recommender recommender(run.ctx, catalogue, *run.model,
                                {.k = k, .include_seen = false, .allow = {}, .deny = {}});
  std::size_t next = 0;
  recommender.recommend(listeners, [&](const Listener&, std::span<const Recommendation> list) {
    for (const Recommendation& found : list) {
      SampleItem item = sample_item(data, names, found.item);
      item.score = found.score;
      item.relevant = std::binary_search(targets[next].begin(), targets[next].end(), found.item);
      sample.users[next].recommended.push_back(std::move(item));
    }
    ++next;
  });
  return sample;
}

}  // namespace kindred
