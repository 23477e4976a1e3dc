// SPDX-License-Identifier: Apache-2.0
// Typed PTX -> Code. One ptx::Instruction becomes one Instruction with its handler; where an operand is wider or
// narrower than the instruction wants, where a predicate is negated or an address must be computed, small ones stand
// around it.
#pragma once

#include <map>
#include <utility>

#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/load_store.h"
#include "tools/cudaemu/engine/program.h"

namespace cudaemu {

class Compiler {
 public:
  Compiler(Program& program, const ptx::Function& function, Code& code);
  void compile();

 private:
  struct Address {
    Slot base = kNoSlot;
    std::int64_t displacement = 0;
  };

  void lay_out_parameters();
  void lay_out_variables();
  void lay_out_registers();
  void translate(const ptx::Instruction& in);
  bool translate_control(const ptx::Instruction& in);
  bool translate_memory(const ptx::Instruction& in);
  bool translate_move(const ptx::Instruction& in);
  bool translate_asynchronous(const ptx::Instruction& in);
  bool translate_matrix(const ptx::Instruction& in);
  void translate_form(const ptx::Instruction& in, const Form& form);
  void translate_call(const ptx::Instruction& in);
  void translate_barrier(const ptx::Instruction& in);
  void translate_load_store(const ptx::Instruction& in);
  void translate_atomic(const ptx::Instruction& in);
  void translate_cvta(const ptx::Instruction& in);

  Instruction start(Handler run) const;
  void emit(Instruction instruction, bool guarded = true);
  void finish_destinations();

  Slot source(const ptx::Operand& operand, Width width, ptx::Type immediate_type = ptx::Type::none);
  Slot destination(const ptx::Operand& operand, Width width, ptx::Type extend);
  Slot constant(std::uint64_t value, int bytes);
  Slot scratch(Width width);
  Slot resize(Slot from, Width from_width, Width to_width, bool sign);
  Slot special(ptx::SpecialRegister r, Width width);
  Slot address_of(const ptx::Operand& operand, Width width);
  Address address(const ptx::Operand& operand, MemoryPlace place);
  Width width_of_register(std::uint32_t index) const;
  std::uint32_t more(const std::vector<Slot>& slots);
  Slot allocate(Width width);

  Program& program_;
  const ptx::Function& function_;
  Code& code_;
  std::vector<Slot> registers_;
  std::vector<std::uint32_t> variable_offset_;  // of local and param variables
  std::vector<std::uint32_t> first_;            // emitted instruction of each ptx instruction
  std::map<std::pair<std::uint64_t, int>, Slot> constants_;
  std::map<ptx::SpecialRegister, Slot> specials_;
  std::map<Width, std::vector<Slot>> scratch_;
  std::map<Width, std::size_t> scratch_used_;
  struct Pending {
    Slot from, to;
    Width from_width, to_width;
    bool sign;
  };
  std::vector<Pending> pending_;  // widenings of results of the current instruction
  const ptx::Instruction* current_ = nullptr;
  std::uint32_t current_index_ = 0, current_number_ = 0;
  bool has_calls_ = false;
};

}  // namespace cudaemu
