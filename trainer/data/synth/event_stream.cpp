// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/event_stream.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace kindred {

namespace {

constexpr std::int64_t kEventsPerSlot = 200'000;
constexpr std::int64_t kMaxSlots = 1 << 20;
constexpr std::int64_t kMeanSession = 4;
constexpr double kGoOn = 1.0 - 1.0 / static_cast<double>(kMeanSession);
constexpr std::int64_t kMeanGapSeconds = 63;
constexpr std::int64_t kUsersPerChunk = 512;

// A user has no two events at the same time, so this is a strict order of all events.
struct Earlier {
  bool operator()(const SynthEvent& a, const SynthEvent& b) const {
    return a.time != b.time ? a.time < b.time : a.user < b.user;
  }
};

// Sorts events whose runs [borders[i], borders[i + 1]) are sorted: neighbours are merged in parallel until one is left.
void merge_sorted_runs(ThreadPool& pool, std::vector<SynthEvent>& events, std::vector<std::size_t> borders) {
  const auto at = [&](std::size_t index) { return events.begin() + static_cast<std::ptrdiff_t>(index); };
  while (borders.size() > 2) {
    const auto pairs = static_cast<std::int64_t>((borders.size() - 1) / 2);
    parallel_for(pool, pairs, 1, [&](std::int64_t pair, std::int64_t, int) {
      const auto left = static_cast<std::size_t>(pair * 2);
      std::inplace_merge(at(borders[left]), at(borders[left + 1]), at(borders[left + 2]), Earlier{});
    });
    std::vector<std::size_t> merged;
    for (std::size_t i = 0; i < borders.size(); i += 2) merged.push_back(borders[i]);
    if (borders.size() % 2 == 0) merged.push_back(borders.back());
    borders.swap(merged);
  }
}

}  // namespace

EventStream::EventStream(const SynthWorld& world, ThreadPool& pool)
    : world_(world),
      pool_(pool),
      sessions_random_(world.options().seed, "synth.sessions"),
      season_(world.options().start, world.options().days) {
  const SynthOptions& options = world.options();
  const std::vector<std::uint32_t> events = world.events_of_users();
  const std::uint32_t most = events.empty() ? 0 : *std::max_element(events.begin(), events.end());
  if (std::int64_t{most} * kMeanGapSeconds > options.days * 86'400 / 2) {
    fail(ErrorKind::usage, "synth: the busiest user has {} events, too many for --days {}; ask for more days or users",
         most, options.days);
  }
  slots_.assign(static_cast<std::size_t>(std::clamp(options.events / kEventsPerSlot, std::int64_t{1}, kMaxSlots)), -1);
  walkers_.resize(events.size());
  parallel_for(pool_, options.users, kUsersPerChunk * 8, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t user = begin; user < end; ++user) {
      Walker& walker = walkers_[static_cast<std::size_t>(user)];
      walker.remaining = events[static_cast<std::size_t>(user)];
      if (walker.remaining > 0) advance(user, walker);
    }
  });
  for (std::int64_t user = 0; user < options.users; ++user) wait(static_cast<std::int32_t>(user));
}

std::int64_t EventStream::slot_of(double position) const {
  const auto slots = static_cast<std::int64_t>(slots_.size());
  return std::min(slots - 1, static_cast<std::int64_t>(position * static_cast<double>(slots)));
}

// Draws where the next session starts.
void EventStream::advance(std::int64_t user, Walker& walker) const {
  const std::int64_t to_come = std::max<std::int64_t>(1, walker.remaining / kMeanSession);
  const double v = sessions_random_.uniform(static_cast<std::uint64_t>(user), walker.sessions * 2);
  walker.position = 1.0 - (1.0 - walker.position) * std::pow(v, 1.0 / static_cast<double>(to_come));
}

void EventStream::wait(std::int32_t user) {
  Walker& walker = walkers_[static_cast<std::size_t>(user)];
  if (walker.remaining == 0) return;
  std::int32_t& first = slots_[static_cast<std::size_t>(slot_of(walker.position))];
  walker.next_in_slot = first;
  first = user;
}

// All sessions of one user that start in `slot`; returns their number.
std::int64_t EventStream::walk(std::int64_t user, std::int64_t slot, std::int64_t first_session,
                               std::vector<SynthEvent>& out) {
  Walker& walker = walkers_[static_cast<std::size_t>(user)];
  const TasteProfile tastes = world_.tastes(user);
  std::int64_t sessions = 0;
  while (walker.remaining > 0 && slot_of(walker.position) == slot) {
    std::int64_t time = std::max(walker.free_from, season_.time_at(walker.position));
    double v = sessions_random_.uniform(static_cast<std::uint64_t>(user), walker.sessions * 2 + 1);
    bool first = true;
    do {
      const Visit visit = world_.visit(tastes, user, walker.done, walker.last_item);
      if (!first) time += visit.gap_s;
      out.push_back({time, first_session + sessions, static_cast<std::int32_t>(user), visit.item, visit.kind});
      walker.last_item = visit.item;
      ++walker.done;
      --walker.remaining;
      first = false;
      v /= kGoOn;  // one uniform number serves the whole geometric law: go on while v < kGoOn^length
    } while (walker.remaining > 0 && v < 1.0);
    walker.free_from = time + 1;
    ++walker.sessions;
    ++sessions;
    if (walker.remaining > 0) advance(user, walker);
  }
  return sessions;
}

bool EventStream::next(std::vector<SynthEvent>& events) {
  events.clear();
  const auto slots = static_cast<std::int64_t>(slots_.size());
  while (events.empty() && slot_ < slots) {
    std::vector<std::int32_t> users;
    for (std::int32_t user = slots_[static_cast<std::size_t>(slot_)]; user >= 0;) {
      users.push_back(user);
      user = walkers_[static_cast<std::size_t>(user)].next_in_slot;
    }
    std::sort(users.begin(), users.end());

    // Sessions are numbered within a chunk first, then shifted by what the chunks before them hold.
    const auto count = static_cast<std::int64_t>(users.size());
    const std::int64_t chunks = (count + kUsersPerChunk - 1) / kUsersPerChunk;
    std::vector<std::vector<SynthEvent>> parts(static_cast<std::size_t>(chunks));
    std::vector<std::int64_t> part_sessions(static_cast<std::size_t>(chunks));
    parallel_for(pool_, count, kUsersPerChunk, [&](std::int64_t begin, std::int64_t end, int) {
      const auto chunk = static_cast<std::size_t>(begin / kUsersPerChunk);
      std::int64_t sessions = 0;
      for (std::int64_t i = begin; i < end; ++i) {
        sessions += walk(users[static_cast<std::size_t>(i)], slot_, sessions, parts[chunk]);
      }
      part_sessions[chunk] = sessions;
      std::sort(parts[chunk].begin(), parts[chunk].end(), Earlier{});
    });
    for (const std::int32_t user : users) wait(user);

    events.swap(carried_);
    carried_.clear();
    std::vector<std::size_t> borders = {0, events.size()};
    for (std::size_t chunk = 0; chunk < parts.size(); ++chunk) {
      for (SynthEvent& event : parts[chunk]) event.session += sessions_given_;
      sessions_given_ += part_sessions[chunk];
      events.insert(events.end(), parts[chunk].begin(), parts[chunk].end());
      borders.push_back(events.size());
    }
    merge_sorted_runs(pool_, events, std::move(borders));

    ++slot_;
    if (slot_ < slots) {
      // Sessions of later slots start at or after this second.
      const std::int64_t limit = season_.time_at(static_cast<double>(slot_) / static_cast<double>(slots));
      const auto cut = std::partition_point(events.begin(), events.end(),
                                            [&](const SynthEvent& event) { return event.time < limit; });
      carried_.assign(cut, events.end());
      events.erase(cut, events.end());
    }
  }
  return !events.empty();
}

}  // namespace kindred
