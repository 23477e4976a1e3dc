// SPDX-License-Identifier: Apache-2.0
// Compiler: branches, calls, barriers, fences, ends, hints.
#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/compiler.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/loaded_module.h"

namespace cudaemu {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Symbol;
using ptx::Type;

bool Compiler::translate_control(const ptx::Instruction& in) {
  switch (in.opcode) {
    case Opcode::bra: {
      if (in.operands.empty() || in.operands[0].kind != OperandKind::label) return false;
      Instruction out = start(branch);
      out.target = in.operands[0].index;  // of PTX; replaced when all are known
      emit(out);
      return true;
    }
    case Opcode::brx: {
      if (in.operands.size() < 2 || in.operands[1].symbol < 0) return false;
      const Symbol& list = function_.symbols[static_cast<std::size_t>(in.operands[1].symbol)];
      if (list.kind != Symbol::Kind::label_list) return false;
      Instruction out = start(branch_table);
      out.a = source(in.operands[0], Width::bytes4);
      out.target = static_cast<std::uint32_t>(code_.tables.size());
      code_.tables.push_back(function_.label_lists[list.index]);
      emit(out);
      return true;
    }
    case Opcode::call:
      return translate_call(in), true;
    case Opcode::ret:
      return emit(start(return_from)), true;
    case Opcode::exit:
      return emit(start(exit_thread)), true;
    case Opcode::trap:
      return emit(start(trap)), true;
    case Opcode::bar:
    case Opcode::barrier:
      if (in.has(Modifier::warp) || in.has(Modifier::cluster)) return false;
      return translate_barrier(in), true;
    case Opcode::membar:
    case Opcode::fence: {
      Instruction out = start(fence);
      if (in.has(Modifier::proxy)) out.run = no_operation;
      if (in.has(Modifier::gl) || in.has(Modifier::gpu) || in.has(Modifier::cluster)) out.immediate = kScopeGpu;
      if (in.has(Modifier::sys)) out.immediate = kScopeSystem;
      emit(out);
      return true;
    }
    case Opcode::nanosleep:
      return emit(start(nanosleep)), true;
    case Opcode::prefetch:
    case Opcode::prefetchu:
    case Opcode::pmevent:
    case Opcode::griddepcontrol:
    case Opcode::discard:
    case Opcode::applypriority:
    case Opcode::brkpt:
      return emit(start(no_operation)), true;
    case Opcode::createpolicy: {
      // A cache policy: any value will do.
      Instruction out = start(bit_form([] {
                                ptx::Instruction mov;
                                mov.opcode = Opcode::mov;
                                mov.types[0] = Type::b64;
                                mov.type_count = 1;
                                return mov;
                              }())
                                  .run);
      out.d = destination(in.operands.at(0), Width::bytes8, Type::b64);
      out.a = constant(0, 8);
      emit(out);
      return true;
    }
    default:
      return false;
  }
}

void Compiler::translate_barrier(const ptx::Instruction& in) {
  const bool arrive = in.has(Modifier::arrive), reduces = in.has(Modifier::red);
  Instruction out = start(arrive ? block_barrier_arrive : block_barrier);
  std::size_t next = 0;
  if (reduces) {
    const bool popc = in.has(Modifier::popc);
    out.small = popc ? 'p' : in.has(Modifier::and_) ? 'a' : 'o';
    out.d = destination(in.operands.at(next++), popc ? Width::bytes4 : Width::predicate, Type::u32);
  }
  const std::size_t left = in.operands.size() - next;
  out.a = left > (reduces ? 1u : 0u) ? source(in.operands[next++], Width::bytes4) : constant(0, 4);
  if (in.operands.size() - next > (reduces ? 1u : 0u)) out.b = source(in.operands[next++], Width::bytes4);
  if (reduces) out.c = source(in.operands.at(next), Width::predicate);
  emit(out);
}

// call (results), function, (arguments) [, prototype];  results and arguments are .param variables of this body.
void Compiler::translate_call(const ptx::Instruction& in) {
  Call call;
  const Operand* callee = nullptr;
  const auto offsets = [&](const Operand& list, std::vector<std::uint32_t>& out) {
    for (const Operand& part : list.parts)
      if (part.symbol >= 0)
        out.push_back(variable_offset_[function_.symbols[static_cast<std::size_t>(part.symbol)].index]);
  };
  for (const Operand& operand : in.operands) {
    if (operand.kind == OperandKind::vector)
      offsets(operand, callee ? call.arguments : call.results);
    else if (!callee)
      callee = &operand;
  }
  if (!callee) return emit(start(unsupported));
  Instruction out = start(call_indirect);
  out.target = static_cast<std::uint32_t>(code_.calls.size());
  if (callee->kind == OperandKind::reg) {
    out.a = source(*callee, Width::bytes8);
  } else if (callee->symbol >= 0 &&
             function_.symbols[static_cast<std::size_t>(callee->symbol)].kind == Symbol::Kind::function) {
    const std::size_t index = function_.symbols[static_cast<std::size_t>(callee->symbol)].index;
    const ptx::Function& function = *program_.module().parsed().functions[index];
    call.name = function.name;
    if (function.has_body) {
      out.run = call_function;
      call.callee = &program_.function(index);
    } else {
      out.run = is_builtin(function.name) ? call_builtin : unsupported;
    }
  } else {
    out.run = unsupported;
  }
  code_.calls.push_back(std::move(call));
  emit(out);
}

}  // namespace cudaemu
