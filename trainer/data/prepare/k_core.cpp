// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/k_core.h"

#include <atomic>

namespace kindred {

namespace {

class KCore {
 public:
  KCore(EventRows& rows, ThreadPool& pool) : rows_(rows), pool_(pool), counts_(rows.num_items, 0) {
    parallel_for(pool_, rows_.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t event = rows_.offsets[begin]; event < rows_.offsets[end]; ++event) {
        if (rows_.lives(event)) std::atomic_ref(counts_[rows_.items[event]]).fetch_add(1, std::memory_order_relaxed);
      }
    });
  }

  // Drops the events of items below `least`; true when there were any.
  bool drop_items(std::int64_t least) {
    std::atomic<bool> dropped{false};
    parallel_for(pool_, rows_.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
      bool any = false;
      for (std::int64_t event = rows_.offsets[begin]; event < rows_.offsets[end]; ++event) {
        if (!rows_.lives(event) || counts_[rows_.items[event]] >= least) continue;
        rows_.part[event] = EventPart::below_k_core;
        any = true;
      }
      if (any) dropped.store(true, std::memory_order_relaxed);
    });
    return dropped.load();
  }

  bool drop_users(std::int64_t least) {
    std::atomic<bool> dropped{false};
    parallel_for(pool_, rows_.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t user = begin; user < end; ++user) {
        std::int64_t alive = 0;
        for (std::int64_t event = rows_.offsets[user]; event < rows_.offsets[user + 1]; ++event) {
          alive += rows_.lives(event) ? 1 : 0;
        }
        if (alive == 0 || alive >= least) continue;
        for (std::int64_t event = rows_.offsets[user]; event < rows_.offsets[user + 1]; ++event) {
          if (!rows_.lives(event)) continue;
          rows_.part[event] = EventPart::below_k_core;
          std::atomic_ref(counts_[rows_.items[event]]).fetch_sub(1, std::memory_order_relaxed);
        }
        dropped.store(true, std::memory_order_relaxed);
      }
    });
    return dropped.load();
  }

 private:
  EventRows& rows_;
  ThreadPool& pool_;
  HostArray<std::int64_t> counts_;  // live events of each item; of dropped items it is never read again
};

}  // namespace

void drop_below_k_core(EventRows& rows, const FilterConfig& filter, ThreadPool& pool) {
  if (filter.min_user_events <= 1 && filter.min_item_events <= 1) return;
  KCore core(rows, pool);
  bool first = true;
  for (;;) {
    const bool items = filter.min_item_events > 1 && core.drop_items(filter.min_item_events);
    if (!first && !items) break;
    const bool users = filter.min_user_events > 1 && core.drop_users(filter.min_user_events);
    if (!users || !filter.k_core) break;
    first = false;
  }
}

}  // namespace kindred
