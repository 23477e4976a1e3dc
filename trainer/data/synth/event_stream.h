// SPDX-License-Identifier: Apache-2.0
// The events of a SynthWorld in order of (time, user), batch by batch.
//
// A user's sessions start at order statistics of the season (season.h): with m sessions to come and position q of
// [0, 1] behind, the next starts at 1 - (1 - q) V^(1/m), V uniform, m = remaining events / mean session length; never
// before the session before has ended. A session has 1 + Geometric visits (mean 4), 5 to 120 seconds apart.
// The log is cut into slots of equal shares of the season; users wait in the slot of their next session (a calendar
// queue). Memory: 48 bytes a user and about two slots of events, whatever the number of events.
// Same events for any number of threads; a slot is worked on in parallel.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/synth/season.h"
#include "trainer/data/synth/synth_world.h"

#include <cstdint>
#include <vector>

namespace kindred {

struct SynthEvent {
  std::int64_t time = 0;     // epoch seconds, UTC
  std::int64_t session = 0;  // numbered from 0 in order of the slots
  std::int32_t user = 0;
  std::int32_t item = 0;
  SynthEventKind kind = SynthEventKind::view;
  bool operator==(const SynthEvent&) const = default;
};

class EventStream {
 public:
  // Keeps a reference to both. Throws Error(usage) when a user's events do not fit into the days.
  EventStream(const SynthWorld& world, ThreadPool& pool);
  // Replaces `events` by the next ones; false when there are no more.
  bool next(std::vector<SynthEvent>& events);

 private:
  // Where a user stands.
  struct Walker {
    double position = 0.0;       // of the season, where the next session starts
    std::int64_t free_from = 0;  // the session before ends here
    std::uint32_t remaining = 0;
    std::uint32_t done = 0;
    std::uint32_t sessions = 0;
    std::int32_t last_item = -1;
    std::int32_t next_in_slot = -1;
  };
  std::int64_t slot_of(double position) const;
  void advance(std::int64_t user, Walker& walker) const;
  void wait(std::int32_t user);
  std::int64_t walk(std::int64_t user, std::int64_t slot, std::int64_t first_session, std::vector<SynthEvent>& out);

  const SynthWorld& world_;
  ThreadPool& pool_;
  Random sessions_random_;
  Season season_;
  std::vector<Walker> walkers_;
  std::vector<std::int32_t> slots_;  // first waiting user of each slot, -1: none
  std::int64_t slot_ = 0;
  std::int64_t sessions_given_ = 0;
  std::vector<SynthEvent> carried_;  // events of sessions that run over the end of their slot
};

}  // namespace kindred
