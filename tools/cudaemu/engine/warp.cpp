// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/warp.h"

#include <algorithm>
#include <bit>

#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/frame_values.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

constexpr std::uint32_t kPatience = 4096;  // leaders a group passes before others that wait are let run
constexpr std::uint32_t kSpins = 64;       // reads without a store before a warp lets others run

}  // namespace

Warp::Warp(Block& block, std::uint32_t index, std::uint32_t lanes)
    : block_(block), index_(index), existing_(lanes == kLanes ? kAllLanes : (LaneMask{1} << lanes) - 1) {
  Program& program = block.grid().program();
  local_stride_ = (program.local_bytes() + 15) / 16 * 16;
  if (local_stride_) local_ = PooledBuffer(std::size_t{local_stride_} * kLanes);
  Frame* frame = push_frame(program.entry(), existing_, nullptr, 0, 0);
  groups_.push_back({.state = Group::State::ready, .pc = 0, .lanes = existing_, .frame = frame});
  load(0);
}

Warp::~Warp() = default;

Frame* Warp::push_frame(const Code& code, LaneMask lanes, Frame* caller, std::uint32_t return_pc, std::uint32_t call) {
  auto frame = std::make_unique<Frame>();
  frame->code = &code;
  frame->caller = caller;
  frame->return_pc = return_pc;
  frame->call = call;
  frame->depth = caller ? caller->depth + 1 : 0;
  frame->local_base = caller ? caller->local_base + (caller->code->local_bytes + 15) / 16 * 16 : 0;
  frame->lanes = lanes;
  frame->storage = PooledBuffer(code.register_bytes + std::size_t{code.parameter_bytes} * kLanes);
  frame->registers = frame->storage.as<std::byte>();
  frame->parameters = frame->registers + code.register_bytes;
  set_frame_values(*this, *frame);
  frames_.push_back(std::move(frame));
  return frames_.back().get();
}

void Warp::leave_frame(Frame* frame, LaneMask lanes) {
  frame->lanes &= ~lanes;
  if (frame->lanes) return;
  std::erase_if(frames_, [frame](const std::unique_ptr<Frame>& f) { return f.get() == frame; });
}

void Warp::save_current() {
  Group& group = groups_[current_];
  group.pc = pc_;
  group.lanes = active_;
  group.frame = frame_;
}

void Warp::load(std::size_t index) {
  const Group& group = groups_[index];
  current_ = index;
  pc_ = group.pc;
  active_ = group.lanes;
  frame_ = group.frame;
  bank_[0] = frame_->registers;
  bank_[1] = const_cast<std::byte*>(frame_->code->constants.data());
  instructions_ = frame_->code->instructions.data();
}

void Warp::remove_group(std::size_t index) {
  groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(index));
  if (current_ > index) --current_;
}

bool Warp::behind(const Group& group) const {
  return group.frame->depth != frame_->depth ? group.frame->depth > frame_->depth : group.pc < pc_;
}

// The ready group that is furthest behind; the current group counts only if it still has lanes.
bool Warp::select() {
  std::size_t best = groups_.size();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    if (group.state != Group::State::ready || group.lanes == 0) continue;
    if (best == groups_.size()) best = i;
    const Group& other = groups_[best];
    const std::uint32_t depth = group.frame->depth, other_depth = other.frame->depth;
    if (depth != other_depth ? depth > other_depth : group.pc < other.pc) best = i;
  }
  if (best == groups_.size()) return false;
  load(best);
  out_of_turn_ = false;
  patience_ = kPatience;
  return true;
}

void Warp::meet() {
  for (std::size_t i = groups_.size(); i-- > 0;) {
    const Group& group = groups_[i];
    if (i == current_ || group.state != Group::State::ready || group.pc != pc_ || group.frame != frame_) continue;
    active_ |= group.lanes;
    remove_group(i);
  }
  bool others = false;
  for (std::size_t i = 0; i < groups_.size(); ++i) others |= i != current_ && groups_[i].state == Group::State::ready;
  if (!others) return;
  save_current();
  if (patience_ == 0) {
    if (out_of_turn_) {
      select();
    } else {
      // Round robin, so that each gets its turn.
      std::size_t next = current_;
      do next = (next + 1) % groups_.size();
      while (groups_[next].state != Group::State::ready);
      load(next);
      out_of_turn_ = true;
      patience_ = kPatience;
    }
    return;
  }
  --patience_;
  if (out_of_turn_) return;
  for (const Group& group : groups_)
    if (group.state == Group::State::ready && &group != &groups_[current_] && behind(group)) {
      const std::uint32_t patience = patience_;
      select();
      patience_ = patience;
      return;
    }
}

WarpStatus Warp::run(std::int64_t budget) {
  stop_ = yield_ = reschedule_ = false;
  if (live() == 0) return WarpStatus::finished;
  if (active_ == 0 || groups_[current_].state != Group::State::ready)
    if (!select()) return WarpStatus::waiting;
  count_ = 0;
  WarpStatus status = WarpStatus::running;
  for (; budget > 0; --budget) {
    const Instruction* in = &instructions_[pc_];
    if (in->leader && groups_.size() > 1) {
      meet();
      in = &instructions_[pc_];
    }
    LaneMask mask = active_;
    if (in->guard != kNoSlot) mask &= in->guard_negated ? ~predicate(in->guard) : predicate(in->guard);
    ++pc_;
    if (in->counted) count_ += static_cast<std::uint64_t>(std::popcount(mask));
    if (mask == 0) continue;
    if (!in->executed) in->executed = true;
    in->run(*this, *in, mask);
    if (reschedule_) {
      reschedule_ = false;
      if (live() == 0) {
        status = WarpStatus::finished;
        break;
      }
      if (!select()) {
        status = WarpStatus::waiting;
        break;
      }
    }
    if (yield_ || stop_) {
      status = WarpStatus::yielded;
      break;
    }
  }
  if (status == WarpStatus::running || status == WarpStatus::yielded) save_current();
  thread_instructions += count_;
  count_ = 0;
  return status;
}

void Warp::jump(LaneMask mask, std::uint32_t target) {
  if (mask == active_) {
    pc_ = target;
    return;
  }
  if (target == pc_) return;
  groups_.push_back({.state = Group::State::ready, .pc = target, .lanes = mask, .frame = frame_});
  active_ &= ~mask;
}

void Warp::jump_each(LaneMask mask, const std::uint32_t* targets) {
  while (mask) {
    const std::uint32_t target = targets[std::countr_zero(mask)];
    LaneMask same = 0;
    for (LaneMask rest = mask; rest; rest &= rest - 1)
      if (targets[std::countr_zero(rest)] == target) same |= rest & -rest;
    mask &= ~same;
    if (same == active_) {
      pc_ = target;
      return;
    }
    jump(same, target);
  }
}

// Takes lanes out of the current group; when none is left, another must run.
void Warp::exit_lanes(LaneMask mask) {
  for (Frame* frame = frame_; frame;) {
    Frame* caller = frame->caller;
    leave_frame(frame, mask);
    frame = caller;
  }
  exited_ |= mask;
  active_ &= ~mask;
  groups_[current_].lanes = active_;
  if (active_ == 0) {
    groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(current_));
    current_ = 0;
    reschedule_ = true;
  }
  if (live()) wake_complete();
  block_.lanes_exited(static_cast<std::uint32_t>(std::popcount(mask)));
}

void Warp::call(LaneMask mask, const Code& callee, std::uint32_t call) {
  Frame* frame = push_frame(callee, mask, frame_, pc_, call);
  const LaneMask rest = active_ & ~mask;
  if (rest) groups_.push_back({.state = Group::State::ready, .pc = pc_, .lanes = rest, .frame = frame_});
  groups_[current_] = {.state = Group::State::ready, .pc = 0, .lanes = mask, .frame = frame};
  load(current_);
}

void Warp::return_lanes(LaneMask mask) {
  Frame* caller = frame_->caller;
  if (!caller) return exit_lanes(mask);
  const std::uint32_t pc = frame_->return_pc;
  const LaneMask rest = active_ & ~mask;
  if (rest) groups_.push_back({.state = Group::State::ready, .pc = pc_, .lanes = rest, .frame = frame_});
  leave_frame(frame_, mask);
  groups_[current_] = {.state = Group::State::ready, .pc = pc, .lanes = mask, .frame = caller};
  load(current_);
}

Group& Warp::park(LaneMask mask, Group::State state) {
  Group parked{.state = state, .pc = pc_ - 1, .lanes = mask, .frame = frame_};
  active_ &= ~mask;
  if (active_ == 0) {
    groups_[current_] = parked;
    reschedule_ = true;
    return groups_[current_];
  }
  groups_[current_].lanes = active_;
  groups_.push_back(parked);
  return groups_.back();
}

LaneMask Warp::arrive(const Instruction& in, LaneMask mask, LaneMask membermask) {
  const LaneMask needed = membermask & live();
  if (mask & ~membermask && options().checks.lanes) {
    block_.report_at(*this, in, std::countr_zero(mask & ~membermask), ReportKind::lane_mask,
                     "a lane executes it that is not in its own mask " + hexadecimal(membermask));
  }
  LaneMask here = mask & needed;
  if (here != needed)
    for (const Group& group : groups_)
      if (group.state == Group::State::at_warp_operation && group.pc == pc_ - 1 && group.frame == frame_ &&
          group.membermask == membermask)
        here |= group.lanes;
  if (here != needed) {
    park(mask, Group::State::at_warp_operation).membermask = membermask;
    return 0;
  }
  if (here != mask)
    for (std::size_t i = groups_.size(); i-- > 0;)
      if (groups_[i].state == Group::State::at_warp_operation && groups_[i].pc == pc_ - 1 &&
          groups_[i].frame == frame_ && groups_[i].membermask == membermask) {
        active_ |= groups_[i].lanes;
        here |= groups_[i].lanes;
        remove_group(i);
      }
  return here | mask;
}

void Warp::wake_complete() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    if (group.state != Group::State::at_warp_operation) continue;
    LaneMask here = 0;
    for (const Group& other : groups_)
      if (other.state == Group::State::at_warp_operation && other.pc == group.pc && other.frame == group.frame &&
          other.membermask == group.membermask)
        here |= other.lanes;
    // They execute the instruction again, and now find all that is left of the mask.
    if ((group.membermask & live() & ~here) == 0) group.state = Group::State::ready;
  }
}

void Warp::release_barrier(std::uint32_t barrier) {
  for (Group& group : groups_) {
    if (group.state != Group::State::at_barrier || group.barrier != barrier) continue;
    group.state = Group::State::ready;
    ++group.pc;
  }
  // Groups that waited at one place go on as one.
  for (std::size_t i = 0; i + 1 < groups_.size(); ++i)
    for (std::size_t j = groups_.size(); --j > i;)
      if (groups_[i].state == Group::State::ready && groups_[j].state == Group::State::ready &&
          groups_[i].pc == groups_[j].pc && groups_[i].frame == groups_[j].frame && i != current_ && j != current_) {
        groups_[i].lanes |= groups_[j].lanes;
        remove_group(j);
      }
}

void Warp::spin() {
  if (++spin_count_ < kSpins) return;
  spin_count_ = 0;
  patience_ = 0;
  yield_ = true;
}

}  // namespace cudaemu
