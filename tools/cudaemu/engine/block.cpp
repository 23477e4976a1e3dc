// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/block.h"

#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>

#include "tools/cudaemu/engine/arena.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

constexpr std::int64_t kSlice = 1 << 16;  // instructions of a warp before the next one's turn
constexpr int kRounds = 64;               // rounds over all warps before another block's turn

std::string plural(std::uint32_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// The name as the source has it.
std::string readable(const std::string& mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  std::string out = status == 0 ? text : mangled;
  std::free(text);
  return out;
}

}  // namespace

Block::Block(Grid& grid, std::uint64_t index, std::uint32_t serial) : grid_(grid), index_(index), serial_(serial) {
  const Launch& launch = grid.launch();
  coordinates_ = {static_cast<std::uint32_t>(index % launch.grid.x),
                  static_cast<std::uint32_t>(index / launch.grid.x % launch.grid.y),
                  static_cast<std::uint32_t>(index / (std::uint64_t{launch.grid.x} * launch.grid.y))};
  threads_ = static_cast<std::uint32_t>(launch.block.volume());
  shared_bytes_ = grid.shared_bytes();
  shared_ = PooledBuffer(shared_bytes_ + 32);
  std::memset(shared(), 0xff, shared_bytes_);  // what is unwritten is not zero on a device either
  // 16 bytes of red zone are in the layout behind each variable; the state bytes know.
  shared_state_ = PooledBuffer(shared_bytes_ + 32);
  std::memset(shared_state(), kNotAllocated, shared_bytes_ + 32);
  const std::uint8_t fresh = options().checks.unwritten ? kUnwritten : kWritten;
  for (const Program::SharedVariable& v : grid.program().shared_variables())
    std::memset(shared_state() + v.offset, fresh, v.bytes);
  if (launch.dynamic_shared_bytes)
    std::memset(shared_state() + grid.program().dynamic_shared_offset(), fresh, launch.dynamic_shared_bytes);
  random_ = options().seed * 0x9e3779b97f4a7c15ull + index;
  if (options().checks.race) race = std::make_unique<BlockRace>(*this);
  for (std::uint32_t first = 0, w = 0; first < threads_; first += kLanes, ++w) {
    warps_.push_back(std::make_unique<Warp>(*this, w, std::min<std::uint32_t>(kLanes, threads_ - first)));
    if (race) warps_.back()->race = std::make_unique<WarpRace>(*warps_.back());
  }
}

Block::~Block() {
  for (const auto& warp : warps_) grid_.count(warp->thread_instructions);
}

Dim3 Block::thread_coordinates(std::uint32_t thread) const {
  const Dim3& block = grid_.launch().block;
  return {thread % block.x, thread / block.x % block.y, thread / (block.x * block.y)};
}

std::uint64_t Block::clock() const {
  std::uint64_t sum = 0;
  for (const auto& warp : warps_) sum += warp->thread_instructions;
  return sum;
}

BlockStatus Block::run() {
  std::vector<std::uint32_t> order(warps_.size());
  std::iota(order.begin(), order.end(), 0u);
  if (options().order == Order::reverse) std::reverse(order.begin(), order.end());
  const auto random = [this] {
    return random_ = random_ * 6364136223846793005ull + 1442695040888963407ull, random_ >> 33;
  };
  for (int round = 0; round < kRounds; ++round) {
    std::int64_t slice = kSlice;
    if (options().order == Order::random) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
      round = std::max(0, round - 1 + static_cast<int>(random() % 64 == 0));  // short slices, as many rounds
    }
    const std::uint64_t barriers = completed_barriers_;
    bool ran = false, waits = false, yielded = false;
    for (const std::uint32_t w : order) {
      if (options().order == Order::random) slice = 1 + static_cast<std::int64_t>(random() % 4096);
      const WarpStatus status = warps_[w]->run(slice);
      if (grid_.stopped()) return BlockStatus::finished;
      ran |= status == WarpStatus::running;
      waits |= status == WarpStatus::waiting;
      yielded |= status == WarpStatus::yielded;
    }
    const bool freed = completed_barriers_ != barriers;
    if (!ran && !waits && !yielded) return BlockStatus::finished;
    if (ran || freed) continue;
    if (yielded) return BlockStatus::waiting_for_others;
    report_stuck();
    return BlockStatus::finished;
  }
  return BlockStatus::running;
}

void Block::arrive(Warp& warp, const Instruction& in, LaneMask mask, std::uint32_t number, std::uint32_t expected,
                   bool arrive_only, LaneMask predicate) {
  Barrier& barrier = barriers_[number];
  if (barrier.waiting == 0 && barrier.arrived == 0) barrier.expected = expected;
  if (barrier.expected != expected && options().checks.barrier)
    report_at(warp, in, std::countr_zero(mask), ReportKind::divergent_barrier,
              "barrier " + std::to_string(number) + " is entered with a count of " + std::to_string(expected) +
                  " while others entered it with " + std::to_string(barrier.expected));
  const auto lanes = static_cast<std::uint32_t>(std::popcount(mask));
  if (race) race->barrier_arrives(warp, mask, number, !arrive_only);
  if (arrive_only) {
    barrier.arrived += lanes;
  } else {
    barrier.waiting += lanes;
    Group& group = warp.park(mask, Group::State::at_barrier);
    group.barrier = number;
    group.predicate = predicate;
  }
  complete(number);
}

void Block::lanes_exited(std::uint32_t lanes) {
  exited_ += lanes;
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, barrier] : barriers_)
    if (barrier.waiting) numbers.push_back(number);
  for (const std::uint32_t number : numbers) complete(number);
}

// Opens the barrier when all that it waits for are there. A block's last warp may be partial and lanes may have exited:
// with a count, which is in whole warps, they count as there.
void Block::complete(std::uint32_t number) {
  Barrier& barrier = barriers_[number];
  std::uint32_t here = barrier.waiting + barrier.arrived;
  if (barrier.expected) {
    for (const auto& warp : warps_) {
      LaneMask waiting = 0;
      for (const Group& g : warp->groups())
        if (g.state == Group::State::at_barrier && g.barrier == number) waiting |= g.lanes;
      if (waiting) here += kLanes - static_cast<std::uint32_t>(std::popcount(warp->live()));
    }
    if (here < barrier.expected) return;
  } else if (here < threads_ - exited_ || here == 0) {
    return;
  }
  const Warp* first = nullptr;
  const Group* first_group = nullptr;
  std::uint32_t set = 0, total = 0;
  for (const auto& warp : warps_)
    for (const Group& g : warp->groups()) {
      if (g.state != Group::State::at_barrier || g.barrier != number) continue;
      const auto& in = g.frame->code->instructions[g.pc];
      if (!first) first = warp.get(), first_group = &g;
      const auto& first_in = first_group->frame->code->instructions[first_group->pc];
      if (&in != &first_in && barrier.expected == 0 && options().checks.barrier) {
        std::vector<std::string> details{"other threads (thread " +
                                         std::to_string(first->thread(std::countr_zero(first_group->lanes))) +
                                         ") wait at:"};
        for (const std::string& line : grid_.program().lines_of(first_in.number)) details.push_back("  " + line);
        report_at(*warp, in, std::countr_zero(g.lanes), ReportKind::divergent_barrier,
                  "threads of the block wait at different barriers", details);
        first_group = &g;
      }
      set += static_cast<std::uint32_t>(std::popcount(g.lanes & g.predicate));
      total += static_cast<std::uint32_t>(std::popcount(g.lanes));
    }
  if (barrier.expected == 0 && exited_ && first && options().checks.barrier)
    report_at(*first, first_group->frame->code->instructions[first_group->pc], std::countr_zero(first_group->lanes),
              ReportKind::divergent_barrier,
              plural(exited_, "thread") + " of the block's " + std::to_string(threads_) +
                  " returned before this barrier, at which the others wait");
  if (race) race->barrier_completes(number);
  barrier = {};
  ++completed_barriers_;
  for (const auto& warp : warps_) {
    for (const Group& g : warp->groups()) {
      if (g.state != Group::State::at_barrier || g.barrier != number) continue;
      const auto& in = g.frame->code->instructions[g.pc];
      if (in.d == kNoSlot) continue;
      std::byte* d = g.frame->registers + in.d;
      if (in.small == 'p') {  // popc
        for (LaneMask rest = g.lanes; rest; rest &= rest - 1)
          reinterpret_cast<std::uint32_t*>(d)[std::countr_zero(rest)] = set;
      } else {
        const bool value = in.small == 'a' ? set == total : set != 0;
        LaneMask& p = *reinterpret_cast<LaneMask*>(d);
        p = (p & ~g.lanes) | (value ? g.lanes : 0);
      }
    }
    warp->release_barrier(number);
  }
}

void Block::fail(Outcome outcome) {
  grid_.fail(outcome);
  for (const auto& warp : warps_) warp->stop();
}

void Block::report_at(const Warp& warp, const Instruction& in, int lane, ReportKind kind, const std::string& text,
                      std::vector<std::string> details) {
  const Program& program = grid_.program();
  const std::uint32_t thread = warp.thread(lane);
  const Dim3 t = thread_coordinates(thread);
  const auto triple = [](const Dim3& d) {
    return "(" + std::to_string(d.x) + "," + std::to_string(d.y) + "," + std::to_string(d.z) + ")";
  };
  std::vector<std::string> all{"kernel " + readable(program.traits().name)};
  const std::vector<std::string> lines = program.lines_of(in.number);
  all.insert(all.end(), lines.begin(), lines.end());
  all.push_back("block " + triple(coordinates_) + ", thread " + triple(t) + " (warp " + std::to_string(warp.index()) +
                ", lane " + std::to_string(lane) + ")");
  all.insert(all.end(), details.begin(), details.end());
  const ptx::Instruction& source = program.source_of(in.number);
  all.push_back("PTX line " + std::to_string(source.text_line) + ": " + source.text);
  report(kind, lines.front() + ": " + text, all, program.traits().name + std::to_string(in.number) + name_of(kind));
}

// No warp can go on. If a warp operation waits for lanes of its mask, that is the fault; else the barriers are.
void Block::report_stuck() {
  const Warp* at = nullptr;
  const Group* stuck = nullptr;
  std::vector<std::string> details;
  for (const auto& warp : warps_)
    for (const Group& g : warp->groups()) {
      const bool warp_operation = g.state == Group::State::at_warp_operation;
      if (!stuck || (warp_operation && stuck->state != Group::State::at_warp_operation)) at = warp.get(), stuck = &g;
      const Instruction& in = g.frame->code->instructions[g.pc];
      if (details.size() < 40) {
        details.push_back("warp " + std::to_string(warp->index()) + ", lanes " + hexadecimal(g.lanes) + " wait at " +
                          (warp_operation ? "a warp operation for lanes " + hexadecimal(g.membermask)
                                          : "barrier " + std::to_string(g.barrier)) +
                          ", " + grid_.program().lines_of(in.number).front());
      }
    }
  for (const auto& warp : warps_)
    if (warp->exited())
      details.push_back("warp " + std::to_string(warp->index()) + ", lanes " + hexadecimal(warp->exited()) +
                        " have returned");
  if (!stuck) return;
  const bool lanes = stuck->state == Group::State::at_warp_operation;
  report_at(*at, stuck->frame->code->instructions[stuck->pc], std::countr_zero(stuck->lanes),
            lanes ? ReportKind::lane_mask : ReportKind::deadlock,
            lanes ? "lanes wait for others of the mask " + hexadecimal(stuck->membermask) + " that never come here"
                  : "no thread of the block can go on",
            details);
  fail(Outcome::trapped);
}

void Block::report_waiting() {
  for (const auto& warp : warps_) {
    if (warp->live() == 0) continue;
    for (const Group& g : warp->groups()) {
      if (g.state != Group::State::ready || g.lanes == 0) continue;
      const Instruction& in = g.frame->code->instructions[g.pc];
      report_at(*warp, in, std::countr_zero(g.lanes), ReportKind::deadlock,
                "all blocks that run wait for each other in loops, and no other can begin");
      return;
    }
  }
}

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace cudaemu
