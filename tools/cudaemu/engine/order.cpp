// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/order.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "tools/cudaemu/engine/arena.h"
#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/order_check.h"
#include "tools/cudaemu/engine/race_cell.h"
#include "tools/cudaemu/engine/report.h"

namespace cudaemu {
namespace {

constexpr std::size_t kRemembered = 256;  // operations of one stream that later ones are compared with

struct Done {
  std::uint32_t position;
  bool is_launch;
  UnorderedBefore::Launch launch;
  UnorderedBefore::Range range;
};

struct Stream {
  StreamClock clock;      // of its last enqueued operation
  std::deque<Done> done;  // what has run, by position
  std::uint32_t last_run = 0;
};

struct Operation {
  StreamNumber stream = 0;
  std::uint32_t position = 0;
  StreamClock clock;  // what is over when it runs
  std::string what;
};

struct State {
  std::mutex mutex;
  std::map<StreamNumber, Stream> streams;
  std::map<OperationNumber, Operation> operations;
  OperationNumber next = 1;
  StreamClock host;
};

State& state() {
  static State* instance = new State;
  return *instance;
}

thread_local OperationNumber current = 0;

void join(StreamClock& into, const StreamClock& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

std::uint32_t at(const StreamClock& clock, StreamNumber stream) { return stream < clock.size() ? clock[stream] : 0; }

UnorderedBefore unordered_locked(State& s, const Operation& operation) {
  UnorderedBefore out;
  for (const auto& [number, stream] : s.streams) {
    const std::uint32_t over = number == operation.stream ? operation.position : at(operation.clock, number);
    if (stream.last_run <= over) continue;
    for (const Done& done : stream.done) {
      if (done.position <= over) continue;
      if (done.is_launch)
        out.launches.push_back(done.launch);
      else
        out.ranges.push_back(done.range);
    }
  }
  return out;
}

void remember(State& s, const Operation& operation, Done done) {
  Stream& stream = s.streams[operation.stream];
  stream.last_run = std::max(stream.last_run, operation.position);
  stream.done.push_back(std::move(done));
  if (stream.done.size() > kRemembered) stream.done.pop_front();
}

}  // namespace

OperationNumber enqueue_operation(StreamNumber number, std::string_view what) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  Stream& stream = s.streams[number];
  join(stream.clock, s.host);
  Operation operation{.stream = number, .position = 0, .clock = stream.clock, .what = std::string(what)};
  if (stream.clock.size() <= number) stream.clock.resize(number + 1);
  operation.position = ++stream.clock[number];
  s.operations.emplace(s.next, std::move(operation));
  return s.next++;
}

StreamClock clock_of(StreamNumber number) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.streams[number].clock;
}

void order_stream_after(StreamNumber number, const StreamClock& clock) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  Stream& stream = s.streams[number];
  const std::uint32_t own = at(stream.clock, number);
  join(stream.clock, clock);
  if (number < stream.clock.size()) stream.clock[number] = std::max(own, stream.clock[number]);
}

void order_host_after(const StreamClock& clock) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  join(s.host, clock);
}

void order_host_after_everything() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  for (const auto& [number, stream] : s.streams) join(s.host, stream.clock);
}

RunningOperation::RunningOperation(OperationNumber operation) : before_(current) { current = operation; }

RunningOperation::~RunningOperation() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (const auto found = s.operations.find(current); found != s.operations.end()) {
    Stream& stream = s.streams[found->second.stream];
    stream.last_run = std::max(stream.last_run, found->second.position);
    s.operations.erase(found);
  }
  current = before_;
}

UnorderedBefore unordered_before_current() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const auto found = s.operations.find(current);
  return found == s.operations.end() ? UnorderedBefore{} : unordered_locked(s, found->second);
}

void launch_runs(std::uint32_t first_serial, std::uint32_t last_serial) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const auto found = s.operations.find(current);
  if (found == s.operations.end()) return;
  const Operation& operation = found->second;
  remember(s, operation, {operation.position, true, {first_serial, last_serial, operation.what}, {}});
}

void access_range(const void* address, std::size_t bytes, bool is_write) {
  if (bytes == 0 || !options().checks.race) return;
  std::string other, own;
  const auto begin = reinterpret_cast<std::uint64_t>(address), end = begin + bytes;
  {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    const auto found = s.operations.find(current);
    if (found == s.operations.end()) return;
    const Operation& operation = found->second;
    own = operation.what;
    const UnorderedBefore unordered = unordered_locked(s, operation);
    for (const UnorderedBefore::Range& r : unordered.ranges)
      if ((r.is_write || is_write) && begin < r.end && r.begin < end)
        other = r.what + (r.is_write ? ", which writes it" : ", which reads it");
    if (other.empty() && !unordered.launches.empty() && is_device_address(address)) {
      const auto by = [&](const RaceRecord& record) -> const UnorderedBefore::Launch* {
        for (const auto& launch : unordered.launches)
          if (record.block >= launch.first_serial && record.block <= launch.last_serial) return &launch;
        return nullptr;
      };
      const RaceCell* cell = arena.cells + (begin - arena.base) / 4;
      const RaceCell* last = arena.cells + (end - 1 - arena.base) / 4;
      for (; cell <= last && other.empty(); ++cell) {
        if (const auto* launch = by(cell->write)) other = launch->what + ", which writes it";
        if (!is_write) continue;
        for (const RaceRecord* read : {&cell->read, &cell->older_read})
          if (const auto* launch = by(*read)) other = launch->what + ", which reads it";
      }
    }
    remember(s, operation, {operation.position, false, {}, {begin, end, is_write, operation.what}});
  }
  if (!other.empty())
    report(ReportKind::race,
           own + (is_write ? " writes " : " reads ") + std::to_string(bytes) + " bytes at " +
               describe_address(address) + ", with nothing that orders it after " + other,
           {}, "range" + own + other);
}

}  // namespace cudaemu
