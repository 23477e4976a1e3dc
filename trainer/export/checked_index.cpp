// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/checked_index.h"

#include "kernels/core/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace kindred {

namespace {

constexpr std::int64_t kFlatItems = 16384;
constexpr std::int64_t kFewQueries = 40;
constexpr std::int64_t kMostEf = 2048;

bool in_lists(IndexType type) { return type == IndexType::ivf_flat || type == IndexType::ivf_pq; }

// What the configuration says, or what reaches the bound.
void choose_effort(ItemIndex& index, IndexType type, const RecallCheck& check, const IndexConfig& config) {
  if (!in_lists(type) && type != IndexType::hnsw) return;
  const std::int64_t wanted = in_lists(type) ? config.probes : config.ef_search;
  if (wanted > 0) {
    index.set_effort(wanted);
    return;
  }
  const std::int64_t lists = index.shape().lists;
  const std::int64_t most = type == IndexType::hnsw               ? kMostEf
                            : config.type == IndexType::automatic ? std::max<std::int64_t>(1, lists / 4)
                                                                  : lists;
  const double goal = config.min_recall + 0.2 * (1.0 - config.min_recall);
  least_effort(index, check, goal, most);
}

}  // namespace

std::vector<IndexType> index_chain(IndexType type, std::int64_t items) {
  switch (type) {
    case IndexType::automatic:
      if (items <= kFlatItems) return {IndexType::flat};
      return {IndexType::ivf_flat, IndexType::flat};
    case IndexType::hnsw:
    case IndexType::ivf_pq:
      return {type, IndexType::ivf_flat, IndexType::flat};
    case IndexType::flat:
      return {type};
    default:
      return {type, IndexType::flat};
  }
}

std::int64_t least_effort(ItemIndex& index, const RecallCheck& check, double goal, std::int64_t most) {
  const std::int64_t step = check.queries() < kFewQueries ? 1 : 2;
  const auto reaches = [&](std::int64_t effort) {
    index.set_effort(effort);
    return check.measure(index, 0, step).least() >= goal;
  };
  std::int64_t low = 0;  // does not reach it
  std::int64_t high = 1;
  while (high < most && !reaches(high)) {
    low = high;
    high = std::min(most, 2 * high);
  }
  while (low + 1 < high && high - low > std::max<std::int64_t>(1, high / 16)) {
    const std::int64_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  index.set_effort(high);
  return high;
}

CheckedIndex write_checked_index(const Context& ctx, View<const float, 2> items, const RecallCheck& check,
                                 const IndexConfig& config, ExportFolder& folder, Progress& progress) {
  using Clock = std::chrono::steady_clock;
  const bool few = check.queries() < kFewQueries;
  CheckedIndex result;
  const auto chain = index_chain(config.type, items.size(0));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const IndexType type = chain[i];
    const auto begin = Clock::now();
    {
      const auto built = build_item_index(ctx, items, type, config);
      choose_effort(*built, type, check, config);
      folder.write({.name = std::string(kIndexName), .bytes = 0, .sha256 = {}, .dtype = {}, .shape = {}},
                   [&](const WriteBytes& put) { built->write(put); });
    }
    result.build_s = std::chrono::duration<double>(Clock::now() - begin).count();
    const auto index = read_item_index(folder.staging() / kIndexName);
    const Recall recall = few ? check.measure(*index) : check.measure(*index, 1, 2);
    const bool last = i + 1 == chain.size();
    const bool good = recall.least() >= config.min_recall;
    result.shape = index->shape();
    result.attempts.push_back({type, result.shape.effort, recall, good || last});
    if (good || last) {
      if (!good) {
        fail(ErrorKind::data,
             "index {}: recall@10 {:.4f}, recall@100 {:.4f}; exact search must have 1: the vectors "
             "are not what the index was made of",
             name_of(type), recall.at_10, recall.at_100);
      }
      result.speed = check.time(*index);
      return result;
    }
    progress.say(
        fmt::format("WARNING: index {}: recall@10 {:.4f}, recall@100 {:.4f} is below export.index.min_recall {}: "
                    "falling back to {}",
                    name_of(type), recall.at_10, recall.at_100, config.min_recall, name_of(chain[i + 1])));
    folder.discard(kIndexName);
  }
  fail(ErrorKind::internal, "no kind of index for type {}", static_cast<int>(config.type));
}

}  // namespace kindred
