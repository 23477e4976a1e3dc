// SPDX-License-Identifier: Apache-2.0
// Liveness by the usual data flow over basic blocks, then each register becomes the interval from its first to its last
// live instruction, and intervals take slots in order (linear scan). Lanes on different paths do not disturb each
// other: a lane uses only its own column of a slot.
#include "tools/cudaemu/engine/register_slots.h"

#include <algorithm>
#include <bit>
#include <map>
#include <queue>

#include "tools/cudaemu/engine/form.h"

namespace cudaemu {
namespace {

using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;

constexpr std::uint32_t kNever = ~std::uint32_t{0};

// How many of the first operands are written.
std::size_t destinations(const ptx::Instruction& in) {
  switch (in.opcode) {
    case Opcode::st:
    case Opcode::red:
    case Opcode::bra:
    case Opcode::brx:
    case Opcode::ret:
    case Opcode::exit:
    case Opcode::call:
    case Opcode::cp:
    case Opcode::stmatrix:
    case Opcode::prefetch:
    case Opcode::nanosleep:
    case Opcode::membar:
    case Opcode::fence:
      return 0;
    case Opcode::bar:
    case Opcode::barrier:
      return in.has(ptx::Modifier::red) ? 1 : 0;
    // "p|q": the parser gives two operands.
    case Opcode::setp:
      return in.operands.size() -
             (in.has(ptx::Modifier::and_) || in.has(ptx::Modifier::or_) || in.has(ptx::Modifier::xor_) ? 3 : 2);
    case Opcode::shfl:
      return in.operands.size() - 4;
    case Opcode::match:
      return in.operands.size() - 2;
    case Opcode::elect:
      return in.operands.size() - 1;
    default:
      return 1;
  }
}

template <class F>
void for_each_register(const Operand& operand, F f) {
  if (operand.kind == OperandKind::reg) f(operand.index);
  for (const Operand& part : operand.parts) for_each_register(part, f);
}

// Calls used(r) for what is read and written(r) for what is written, whatever the lane.
template <class U, class D>
void visit(const ptx::Instruction& in, U used, D written) {
  const std::size_t d = std::min(destinations(in), in.operands.size());
  for (std::size_t o = 0; o < in.operands.size(); ++o) {
    if (o < d && !in.operands[o].memory)
      for_each_register(in.operands[o], written);
    else
      for_each_register(in.operands[o], used);
  }
  if (in.guard >= 0) used(static_cast<std::uint32_t>(in.guard));
}

// A set of registers.
class Registers {
 public:
  explicit Registers(std::size_t count = 0) : words_((count + 63) / 64, 0) {}
  bool has(std::size_t r) const { return words_[r / 64] >> (r % 64) & 1; }
  void add(std::size_t r) { words_[r / 64] |= std::uint64_t{1} << (r % 64); }
  // Adds what is in `more` and not in `without`; true when that changed something.
  bool add(const Registers& more, const Registers& without) {
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::uint64_t before = words_[i];
      words_[i] |= more.words_[i] & ~without.words_[i];
      changed |= words_[i] ^ before;
    }
    return changed != 0;
  }
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (std::uint64_t rest = words_[i]; rest; rest &= rest - 1)
        f(64 * i + static_cast<std::size_t>(std::countr_zero(rest)));
  }

 private:
  std::vector<std::uint64_t> words_;
};

struct BasicBlock {
  std::uint32_t begin = 0, end = 0;
  std::vector<std::uint32_t> next;
  Registers live_in, kills, reads;  // reads: before any certain write
};

std::vector<BasicBlock> basic_blocks(const ptx::Function& f) {
  const auto count = static_cast<std::uint32_t>(f.instructions.size());
  std::vector<bool> begins(count + 1, false);
  begins[0] = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (f.is_target[i]) begins[i] = true;
    const Opcode opcode = f.instructions[i].opcode;
    if (opcode == Opcode::bra || opcode == Opcode::brx || opcode == Opcode::ret || opcode == Opcode::exit)
      begins[i + 1] = true;
  }
  std::vector<BasicBlock> blocks;
  std::vector<std::uint32_t> block_of(count + 1, kNever);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (begins[i]) blocks.emplace_back().begin = i;
    blocks.back().end = i + 1;
    block_of[i] = static_cast<std::uint32_t>(blocks.size() - 1);
  }
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    const ptx::Instruction& last = f.instructions[blocks[b].end - 1];
    const auto go = [&](std::uint32_t instruction) {
      if (instruction < count) blocks[b].next.push_back(block_of[instruction]);
    };
    const bool leaves = last.opcode == Opcode::ret || last.opcode == Opcode::exit;
    if (last.opcode == Opcode::bra && last.operands[0].kind == OperandKind::label) go(last.operands[0].index);
    if (last.opcode == Opcode::brx)
      for (const auto& list : f.label_lists)
        for (const std::uint32_t target : list) go(target);
    if (!(leaves || last.opcode == Opcode::bra || last.opcode == Opcode::brx) || last.guard >= 0) go(blocks[b].end);
  }
  return blocks;
}

void find_live_in(const ptx::Function& f, std::vector<BasicBlock>& blocks) {
  for (BasicBlock& block : blocks) {
    block.kills = block.reads = Registers(f.registers.size());
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      const ptx::Instruction& in = f.instructions[i];
      const auto read = [&](std::uint32_t r) {
        if (!block.kills.has(r)) block.reads.add(r);
      };
      visit(in, read, [](std::uint32_t) {});
      // Under a guard the old value may stay.
      visit(
          in, [](std::uint32_t) {},
          [&](std::uint32_t r) {
            if (in.guard < 0)
              block.kills.add(r);
            else
              read(r);
          });
    }
    block.live_in = block.reads;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t b = blocks.size(); b-- > 0;)
      for (const std::uint32_t n : blocks[b].next) changed |= blocks[b].live_in.add(blocks[n].live_in, blocks[b].kills);
  }
}

struct Interval {
  std::uint32_t begin = kNever, end = 0;
  void cover(std::uint32_t from, std::uint32_t to) {
    begin = std::min(begin, from);
    end = std::max(end, to);
  }
};

std::vector<Interval> intervals(const ptx::Function& f, const std::vector<BasicBlock>& blocks) {
  std::vector<Interval> out(f.registers.size());
  for (const BasicBlock& block : blocks) {
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      const auto touch = [&](std::uint32_t r) { out[r].cover(i, i); };
      visit(f.instructions[i], touch, touch);
    }
    block.live_in.for_each([&](std::size_t r) { out[r].cover(block.begin, block.begin); });
    for (const std::uint32_t n : block.next)
      blocks[n].live_in.for_each([&](std::size_t r) { out[r].cover(block.end - 1, block.end - 1); });
  }
  return out;
}

}  // namespace

RegisterSlots assign_register_slots(const ptx::Function& f) {
  RegisterSlots out;
  out.slots.assign(f.registers.size(), 0);
  if (f.instructions.empty()) return out;
  std::vector<BasicBlock> blocks = basic_blocks(f);
  find_live_in(f, blocks);
  const std::vector<Interval> live = intervals(f, blocks);
  std::vector<std::uint32_t> order;
  for (std::uint32_t r = 0; r < f.registers.size(); ++r)
    if (live[r].begin != kNever) order.push_back(r);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return live[a].begin < live[b].begin; });
  std::map<Width, std::vector<Slot>> free;
  const auto ends_first = [&](std::uint32_t a, std::uint32_t b) { return live[a].end > live[b].end; };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(ends_first)> active(ends_first);
  int words = 0;
  const auto words_of = [&](std::uint32_t r) {
    return width_of(f.registers[r].type) == Width::predicate ? 0 : std::max(1, bytes_of(f.registers[r].type) / 4);
  };
  for (const std::uint32_t r : order) {
    const Width width = width_of(f.registers[r].type);
    while (!active.empty() && live[active.top()].end < live[r].begin) {
      free[width_of(f.registers[active.top()].type)].push_back(out.slots[active.top()]);
      words -= words_of(active.top());
      active.pop();
    }
    std::vector<Slot>& pool = free[width];
    if (!pool.empty()) {
      out.slots[r] = pool.back();
      pool.pop_back();
    } else {
      const std::uint32_t bytes = width == Width::predicate ? 4 : static_cast<std::uint32_t>(bytes_of(width)) * kLanes;
      const std::uint32_t alignment = width == Width::predicate ? 4 : 64;
      out.bytes = (out.bytes + alignment - 1) / alignment * alignment;
      out.slots[r] = out.bytes;
      out.bytes += bytes;
    }
    active.push(r);
    words += words_of(r);
    out.live_words = std::max(out.live_words, words);
  }
  return out;
}

}  // namespace cudaemu
