// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/evaluation_part.h"

#include <algorithm>

namespace kindred {

namespace {

struct Entries {
  std::vector<std::int64_t> lengths;  // of each user's row
  std::vector<std::int32_t> ids;
  std::vector<float> values;
};

struct Chunk {
  std::vector<std::int32_t> users;
  Entries history;
  Entries targets;
  std::int64_t user_without_training = 0;
  std::int64_t item_unseen = 0;
  std::int64_t negative = 0;
  std::int64_t seen = 0;
  std::int64_t dropped_users = 0;
};

class PartBuilder {
 public:
  PartBuilder(const PartSources& sources, const TrainingRows& training, const HostArray<UserRole>& roles,
              const Confidence& confidence)
      : sources_(sources), training_(training), roles_(roles), confidence_(confidence) {}

  void add_user(std::int64_t user, Chunk& chunk) {
    const EventRows& rows = *sources_.targets.rows;
    std::int64_t events = 0;
    for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
      events += rows.part[event] == sources_.targets.part ? 1 : 0;
    }
    if (events == 0) return;
    if (!is_known(user)) {
      chunk.user_without_training += events;
      chunk.dropped_users++;
      return;
    }
    const std::size_t before = chunk.targets.ids.size();
    auto known = history_.begin();
    for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
      if (rows.part[event] != sources_.targets.part) continue;
      const std::int32_t item = training_.row_of_item[rows.items[event]];
      if (item == kNoRow) {
        chunk.item_unseen++;
        continue;
      }
      if (confidence_.negative(rows.weight(event))) {
        chunk.negative++;
        continue;
      }
      while (known != history_.end() && known->first < item) ++known;
      if (known != history_.end() && known->first == item) chunk.seen++;
      chunk.targets.ids.push_back(item);
      chunk.targets.values.push_back(rows.weight(event));
    }
    if (chunk.targets.ids.size() == before) {
      chunk.dropped_users++;
      return;
    }
    chunk.users.push_back(static_cast<std::int32_t>(user));
    chunk.targets.lengths.push_back(static_cast<std::int64_t>(chunk.targets.ids.size() - before));
    chunk.history.lengths.push_back(static_cast<std::int64_t>(history_.size()));
    for (const auto& [item, value] : history_) {
      chunk.history.ids.push_back(item);
      chunk.history.values.push_back(value);
    }
  }

 private:
  // Collects history_; false when there is nothing that the model could know the user by.
  bool is_known(std::int64_t user) {
    history_.clear();
    const UserRole role = roles_.allocated() ? roles_[user] : UserRole::training;
    if (role != sources_.role) return false;
    if (role == UserRole::training && training_.row_of_user[user] == kNoRow) return false;
    for (const PartSource& source : sources_.history) add_history(source, user);
    if (sources_.history.size() > 1) {
      const auto by_item = [](const auto& a, const auto& b) { return a.first < b.first; };
      const auto same_item = [](const auto& a, const auto& b) { return a.first == b.first; };
      std::stable_sort(history_.begin(), history_.end(), by_item);
      history_.erase(std::unique(history_.begin(), history_.end(), same_item), history_.end());
    }
    return !history_.empty();
  }

  void add_history(const PartSource& source, std::int64_t user) {
    const EventRows& rows = *source.rows;
    for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
      const std::int32_t item = training_.row_of_item[rows.items[event]];
      if (item == kNoRow) continue;
      const bool counts = rows.part[event] == source.part ||
                          (source.part == EventPart::validation && rows.part[event] == EventPart::not_a_chosen_target &&
                           is_before_test(rows, event));
      if (!counts) continue;
      history_.emplace_back(item,
                            confidence_.value(rows.weight(event), rows.times.allocated() ? rows.times[event] : 0));
    }
  }

  // Events of the validation period that were not chosen as targets are known by the time of the test.
  bool is_before_test(const EventRows& rows, std::int64_t event) const {
    return rows.times[event] < sources_.test_from_ms;
  }

  const PartSources& sources_;
  const TrainingRows& training_;
  const HostArray<UserRole>& roles_;
  const Confidence& confidence_;
  std::vector<std::pair<std::int32_t, float>> history_;
};

CsrArrays join(std::vector<Chunk>& chunks, Entries Chunk::*entries, std::int64_t columns, ThreadPool& pool) {
  CsrArrays csr;
  csr.columns = columns;
  std::vector<std::int64_t> first_entry(chunks.size() + 1, 0);
  bool ones = true;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const Entries& part = chunks[i].*entries;
    csr.rows += static_cast<std::int64_t>(part.lengths.size());
    first_entry[i + 1] = first_entry[i] + static_cast<std::int64_t>(part.ids.size());
    ones = ones && std::all_of(part.values.begin(), part.values.end(), [](float value) { return value == 1.0F; });
  }
  csr.offsets = HostArray<std::int64_t>(csr.rows + 1, 0);
  std::int64_t row = 0;
  for (const Chunk& chunk : chunks) {
    for (const std::int64_t length : (chunk.*entries).lengths) {
      csr.offsets[row + 1] = csr.offsets[row] + length;
      ++row;
    }
  }
  csr.ids = HostArray<std::int32_t>(first_entry.back());
  if (!ones) csr.values = HostArray<float>(first_entry.back());
  parallel_for(pool, static_cast<std::int64_t>(chunks.size()), 1, [&](std::int64_t i, std::int64_t, int) {
    Entries& part = chunks[static_cast<std::size_t>(i)].*entries;
    const std::int64_t first = first_entry[static_cast<std::size_t>(i)];
    std::copy(part.ids.begin(), part.ids.end(), csr.ids.data() + first);
    if (!ones) std::copy(part.values.begin(), part.values.end(), csr.values.data() + first);
    part = Entries();
  });
  return csr;
}

}  // namespace

EvaluationArrays build_evaluation_part(const PartSources& sources, const TrainingRows& training,
                                       const HostArray<UserRole>& roles, const Confidence& confidence,
                                       PartReport& report, ThreadPool& pool) {
  const std::int64_t num_users = sources.targets.rows->num_users;
  std::vector<Chunk> chunks(static_cast<std::size_t>((num_users + kUsersAtOnce - 1) / kUsersAtOnce));
  parallel_for(pool, num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    PartBuilder builder(sources, training, roles, confidence);
    Chunk& chunk = chunks[static_cast<std::size_t>(begin / kUsersAtOnce)];
    for (std::int64_t user = begin; user < end; ++user) builder.add_user(user, chunk);
  });

  EvaluationArrays part;
  part.present = true;
  part.fold_in = sources.role != UserRole::training;
  Chunk sum;
  for (const Chunk& chunk : chunks) {
    sum.users.insert(sum.users.end(), chunk.users.begin(), chunk.users.end());
    sum.user_without_training += chunk.user_without_training;
    sum.item_unseen += chunk.item_unseen;
    sum.negative += chunk.negative;
    sum.seen += chunk.seen;
    sum.dropped_users += chunk.dropped_users;
  }
  part.users = HostArray<std::int32_t>(sum.users);
  const std::int64_t num_items = training.item_ranks.size();
  part.targets = join(chunks, &Chunk::targets, num_items, pool);
  part.history = join(chunks, &Chunk::history, num_items, pool);

  report.present = true;
  report.fold_in = part.fold_in;
  report.users = part.users.size();
  report.targets = part.targets.nnz();
  report.history = part.history.nnz();
  report.seen_in_training = sum.seen;
  report.dropped_users += sum.dropped_users;
  add_count(report.dropped, "user_without_training", sum.user_without_training);
  add_count(report.dropped, "item_unseen", sum.item_unseen);
  add_count(report.dropped, "negative_feedback", sum.negative);
  return part;
}

}  // namespace kindred
