// SPDX-License-Identifier: Apache-2.0
// A function as the interpreter executes it: one handler and resolved operands per instruction.
//
// Registers of a warp are arrays over its lanes: 32 x 2, 4, 8 or 16 bytes, or one mask for predicates. A Slot is the
// byte offset of such an array in one of two banks: the frame's registers (even) or the code's constants (odd), where
// each immediate stands 32 times, so that handlers know no kinds of operands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/cudaemu/ptx/module.h"
#include "tools/cudaemu/ptx/special_register.h"

namespace cudaemu {

class Warp;
struct Instruction;
struct Code;

inline constexpr int kLanes = 32;
using LaneMask = std::uint32_t;
inline constexpr LaneMask kAllLanes = ~LaneMask{0};

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = ~Slot{0};

// Executes the instruction for the lanes of the mask, which is never empty.
using Handler = void (*)(Warp& warp, const Instruction& in, LaneMask mask);

struct alignas(64) Instruction {
  Handler run = nullptr;
  std::int64_t immediate = 0;  // displacement, rounding, parameters of the handler
  Slot d = kNoSlot, d2 = kNoSlot;
  Slot a = kNoSlot, b = kNoSlot, c = kNoSlot, e = kNoSlot;
  std::uint32_t target = 0;  // of a branch; index into Code::calls, Code::tables
  std::uint32_t more = 0;    // first of further operands in Code::slots
  Slot guard = kNoSlot;
  bool guard_negated = false;
  bool leader = false;            // groups of lanes may meet here
  std::uint8_t small = 0;         // parameter of the handler: vector width, ...
  bool counted = true;            // false: added by the compiler
  mutable bool executed = false;  // by any lane, for statistics
  std::uint32_t source = 0;       // index into ptx::Function::instructions
  std::uint32_t number = 0;       // in the program, over all its functions: for race records
};

// A value that a frame needs before its first instruction.
struct FrameValue {
  ptx::SpecialRegister special;
  Slot slot;
};

struct Call {
  const Code* callee = nullptr;  // null: a built-in, or indirect
  std::string name;
  struct Argument {
    std::uint32_t actual = 0, formal = 0, bytes = 0;  // offsets in the parameter memory of caller's and callee's frames
  };
  std::vector<std::uint32_t> arguments, results;  // offsets in the caller's parameter memory
};

struct Code {
  const ptx::Function* function = nullptr;
  std::vector<Instruction> instructions;
  std::vector<Slot> slots;
  std::vector<Call> calls;
  std::vector<std::vector<std::uint32_t>> tables;  // targets of brx.idx
  std::vector<std::byte> constants;                // 64-byte aligned copy in constant_bank
  std::vector<FrameValue> frame_values;
  std::uint32_t register_bytes = 0;    // of a frame
  std::uint32_t parameter_bytes = 0;   // per lane: formals, results and arguments of calls
  std::uint32_t local_bytes = 0;       // per lane
  std::vector<std::uint32_t> formals;  // offset of each formal parameter, then of each result
  std::vector<std::uint32_t> formal_bytes;
  int live_words = 0;  // most 32-bit words alive at one time
  bool is_entry = false;
};

}  // namespace cudaemu
