// SPDX-License-Identifier: Apache-2.0
// A warp: 32 lanes, their registers, and which of them run together.
//
// Lanes that stand at the same instruction of the same frame form a group and execute as one. Of several groups that
// can run, the one furthest behind runs (deepest call, then lowest instruction), so that groups meet again where their
// paths join. A group that goes round for long while others wait lets them run in between: lanes may wait for each
// other. Lanes that meet at warp operations and barriers wait as parked groups.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/engine/pooled_buffer.h"

namespace cudaemu {

class Block;
class WarpRace;

// Registers, call parameters and local memory of one call of a function, for all lanes that are in it.
struct Frame {
  const Code* code = nullptr;
  Frame* caller = nullptr;
  std::uint32_t return_pc = 0;
  std::uint32_t call = 0;  // index into the caller's Code::calls
  std::uint32_t depth = 0;
  std::uint32_t local_base = 0;
  LaneMask lanes = 0;  // that are in it or in calls from it
  std::byte* registers = nullptr;
  std::byte* parameters = nullptr;  // [lane][parameter_bytes]
  PooledBuffer storage;
};

struct Group {
  enum class State : std::uint8_t { ready, at_warp_operation, at_barrier };
  State state = State::ready;
  std::uint32_t pc = 0;
  LaneMask lanes = 0;
  Frame* frame = nullptr;
  LaneMask membermask = 0;    // at_warp_operation
  std::uint32_t barrier = 0;  // at_barrier
  LaneMask predicate = 0;     // at_barrier with a reduction
};

enum class WarpStatus : std::uint8_t { running, yielded, waiting, finished };

// An asynchronous copy that has not landed.
struct PendingCopy {
  std::uint64_t destination = 0;  // shared offset
  std::uint64_t source = 0;
  std::uint32_t bytes = 0, zero_bytes = 0;  // still to land; both 0: landed early
  std::uint32_t size = 0;
  std::uint32_t instruction = 0;
  std::uint16_t lane = 0;
  std::int32_t group = -1;  // -1: not committed
};

class Warp {
 public:
  Warp(Block& block, std::uint32_t index, std::uint32_t lanes);

  // Runs up to `budget` instructions.
  WarpStatus run(std::int64_t budget);

  // --- For handlers ---
  template <class T>
  T* reg(Slot slot) const {
    return reinterpret_cast<T*>(bank_[slot & 1] + (slot & ~Slot{1}));
  }
  LaneMask& predicate(Slot slot) const { return *reg<LaneMask>(slot); }
  void set_predicate(Slot slot, LaneMask mask, LaneMask value) const {
    LaneMask& p = predicate(slot);
    p = (p & ~mask) | (value & mask);
  }
  const Slot* more(const Instruction& in) const { return frame_->code->slots.data() + in.more; }

  Block& block() const { return block_; }
  std::uint32_t index() const { return index_; }
  std::uint32_t thread(int lane) const { return index_ * kLanes + static_cast<std::uint32_t>(lane); }
  Frame& frame() const { return *frame_; }
  const Code& code() const { return *frame_->code; }
  LaneMask existing() const { return existing_; }
  LaneMask exited() const { return exited_; }
  LaneMask live() const { return existing_ & ~exited_; }
  LaneMask active() const { return active_; }
  std::uint32_t pc() const { return pc_; }

  void jump(LaneMask mask, std::uint32_t target);  // the others of the group fall through
  void jump_each(LaneMask mask, const std::uint32_t* targets);
  void exit_lanes(LaneMask mask);
  void call(LaneMask mask, const Code& callee, std::uint32_t call);
  void return_lanes(LaneMask mask);
  // Parks lanes at the instruction that is executing.
  Group& park(LaneMask mask, Group::State state);
  // Lanes of `mask` come to a warp operation that waits for `membermask`. Returns the lanes that can execute it now
  // (all live lanes of the mask, those that waited included), or none: they wait.
  LaneMask arrive(const Instruction& in, LaneMask mask, LaneMask membermask);
  void release_barrier(std::uint32_t barrier);
  void stop() { stop_ = true; }  // nothing of this kernel may go on
  void stored() { spin_count_ = 0; }
  void sleep() { count_ += 32; }  // so that clocks go on
  // A read in a loop that may be waiting for others: after enough of them, let others run.
  void spin();

  std::vector<Group>& groups() { return groups_; }
  LaneMask carry = 0;  // CC.CF by lane
  std::vector<PendingCopy> copies;
  std::int32_t copy_groups[kLanes] = {};
  std::byte* local(int lane) { return local_.as<std::byte>() + static_cast<std::size_t>(lane) * local_stride_; }
  std::uint32_t local_stride() const { return local_stride_; }
  std::uint64_t thread_instructions = 0;                    // up to the last return of run()
  std::uint64_t executed_in_run() const { return count_; }  // since then
  std::unique_ptr<WarpRace> race;

  ~Warp();

 private:
  bool select();  // makes the group that is furthest behind the current one; false: none can run
  void meet();    // at a leader, with several groups: merge, let one that is behind run
  void save_current();
  void load(std::size_t group);
  void remove_group(std::size_t group);  // not the current one
  Frame* push_frame(const Code& code, LaneMask lanes, Frame* caller, std::uint32_t return_pc, std::uint32_t call);
  void leave_frame(Frame* frame, LaneMask lanes);
  bool behind(const Group& group) const;  // the current one
  void wake_complete();                   // after exits: warp operations that wait for nobody any more

  Block& block_;
  std::byte* bank_[2] = {};
  const Instruction* instructions_ = nullptr;
  std::uint32_t pc_ = 0;
  LaneMask active_ = 0;
  bool stop_ = false;        // leave the loop
  bool reschedule_ = false;  // the current group cannot go on
  bool yield_ = false;
  std::uint64_t count_ = 0;
  std::uint32_t index_;
  LaneMask existing_, exited_ = 0;
  Frame* frame_ = nullptr;
  std::size_t current_ = 0;
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::uint32_t patience_ = 0;    // leaders that the current group may still pass while others wait
  bool out_of_turn_ = false;      // the current group runs although another is behind
  std::uint32_t spin_count_ = 0;  // reads that may wait for others, since the last store
  std::uint32_t local_stride_ = 0;
  PooledBuffer local_;
};

}  // namespace cudaemu
