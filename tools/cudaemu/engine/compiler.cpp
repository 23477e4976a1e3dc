// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/compiler.h"

#include <algorithm>
#include <bit>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/frame_values.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/loaded_module.h"
#include "tools/cudaemu/engine/register_slots.h"

namespace cudaemu {
namespace {

using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Symbol;
using ptx::Type;

std::uint32_t align(std::uint32_t value, std::size_t alignment) {
  const auto a = static_cast<std::uint32_t>(std::max<std::size_t>(alignment, 1));
  return (value + a - 1) / a * a;
}

// --- Small instructions of the compiler's own ---
template <class To, class From>
To resized(From v) {
  return static_cast<To>(v);
}

template <class To>
Handler resizer(Width from, bool sign) {
  using u16 = std::uint16_t;
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  using u128 = unsigned __int128;
  switch (from) {
    case Width::bytes2:
      return sign ? unary<To, std::int16_t, resized<To, std::int16_t>> : unary<To, u16, resized<To, u16>>;
    case Width::bytes4:
      return sign ? unary<To, std::int32_t, resized<To, std::int32_t>> : unary<To, u32, resized<To, u32>>;
    case Width::bytes8:
      return sign ? unary<To, std::int64_t, resized<To, std::int64_t>> : unary<To, u64, resized<To, u64>>;
    default:
      return unary<To, u128, resized<To, u128>>;
  }
}
Handler resize_handler(Width from, Width to, bool sign) {
  switch (to) {
    case Width::bytes2:
      return resizer<std::uint16_t>(from, sign);
    case Width::bytes4:
      return resizer<std::uint32_t>(from, sign);
    case Width::bytes8:
      return resizer<std::uint64_t>(from, sign);
    default:
      return resizer<unsigned __int128>(from, sign);
  }
}
void negate_predicate(Warp& w, const Instruction& in, LaneMask) { w.predicate(in.d) = ~w.predicate(in.a); }
void local_address(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_lane(mask, [&](int i) {
    w.reg<std::uint64_t>(in.d)[i] = w.frame().local_base + static_cast<std::uint64_t>(in.immediate);
  });
}
void parameter_address(Warp& w, const Instruction& in, LaneMask mask) {
  const auto base = reinterpret_cast<std::uint64_t>(w.block().grid().launch().parameters.data());
  for_each_lane(mask, [&](int i) { w.reg<std::uint64_t>(in.d)[i] = base + static_cast<std::uint64_t>(in.immediate); });
}

}  // namespace

Compiler::Compiler(Program& program, const ptx::Function& function, Code& code)
    : program_(program), function_(function), code_(code) {}

void Compiler::compile() {
  code_.function = &function_;
  code_.is_entry = function_.is_entry;
  lay_out_parameters();
  lay_out_variables();
  lay_out_registers();
  first_.resize(function_.instructions.size() + 1);
  for (std::size_t i = 0; i < function_.instructions.size(); ++i) {
    first_[i] = static_cast<std::uint32_t>(code_.instructions.size());
    current_ = &function_.instructions[i];
    current_index_ = static_cast<std::uint32_t>(i);
    current_number_ = program_.add_source(function_, current_index_);
    translate(*current_);
  }
  // A body may end without ret.
  first_.back() = static_cast<std::uint32_t>(code_.instructions.size());
  if (function_.instructions.empty()) current_number_ = program_.add_source(function_, 0);
  Instruction end;
  end.run = return_from;
  end.counted = false;
  end.number = current_number_;
  end.source = current_index_;
  code_.instructions.push_back(end);
  for (std::size_t i = 0; i < function_.is_target.size(); ++i)
    if (function_.is_target[i]) code_.instructions[first_[i]].leader = true;
  for (Instruction& in : code_.instructions)
    if (in.run == branch) in.target = first_[in.target];
  for (std::vector<std::uint32_t>& table : code_.tables)
    for (std::uint32_t& target : table) target = first_[target];
  // Groups may meet after whatever can part or park them.
  for (std::size_t i = 0; i + 1 < code_.instructions.size(); ++i) {
    const Instruction& in = code_.instructions[i];
    const Opcode opcode = function_.instructions.empty() ? Opcode::ret : function_.instructions[in.source].opcode;
    if (opcode == Opcode::bra || opcode == Opcode::brx || opcode == Opcode::call || opcode == Opcode::bar ||
        opcode == Opcode::barrier || opcode == Opcode::shfl || opcode == Opcode::vote || opcode == Opcode::match ||
        opcode == Opcode::redux || opcode == Opcode::elect || opcode == Opcode::mma || opcode == Opcode::ldmatrix)
      code_.instructions[i + 1].leader = true;
  }
  code_.register_bytes = (code_.register_bytes + 63) / 64 * 64;
}

void Compiler::lay_out_parameters() {
  if (function_.is_entry) return;  // uniform, in Launch::parameters
  for (const auto* list : {&function_.parameters, &function_.returns})
    for (const ptx::Variable& v : *list) {
      code_.parameter_bytes = align(code_.parameter_bytes, v.alignment);
      code_.formals.push_back(code_.parameter_bytes);
      code_.formal_bytes.push_back(static_cast<std::uint32_t>(v.bytes));
      code_.parameter_bytes += static_cast<std::uint32_t>(v.bytes);
    }
}

void Compiler::lay_out_variables() {
  for (const ptx::Variable& v : function_.variables) {
    std::uint32_t offset = 0;
    if (v.space == ptx::Space::local) {
      offset = align(code_.local_bytes, v.alignment);
      code_.local_bytes = offset + static_cast<std::uint32_t>(v.bytes);
    } else if (v.space == ptx::Space::param) {
      offset = align(code_.parameter_bytes, std::max<std::size_t>(v.alignment, 8));
      code_.parameter_bytes = offset + static_cast<std::uint32_t>(v.bytes);
    } else if (v.space == ptx::Space::shared) {
      offset = program_.shared_offset(v);
    }
    variable_offset_.push_back(offset);
  }
  code_.parameter_bytes = align(code_.parameter_bytes, 16);
}

void Compiler::lay_out_registers() {
  RegisterSlots slots = assign_register_slots(function_);
  registers_ = std::move(slots.slots);
  code_.register_bytes = slots.bytes;
  code_.live_words = slots.live_words;
}

Slot Compiler::allocate(Width width) {
  const std::uint32_t bytes = width == Width::predicate ? 4 : static_cast<std::uint32_t>(bytes_of(width)) * kLanes;
  code_.register_bytes = align(code_.register_bytes, width == Width::predicate ? 4 : 64);
  const Slot slot = code_.register_bytes;
  code_.register_bytes += bytes;
  return slot;
}

Slot Compiler::scratch(Width width) {
  std::vector<Slot>& pool = scratch_[width];
  std::size_t& used = scratch_used_[width];
  if (used == pool.size()) pool.push_back(allocate(width));
  return pool[used++];
}

Slot Compiler::constant(std::uint64_t value, int bytes) {
  if (bytes < 8) value &= (std::uint64_t{1} << (8 * bytes)) - 1;
  const auto [place, added] = constants_.emplace(std::pair{value, bytes}, 0);
  if (!added) return place->second;
  const std::size_t offset = (code_.constants.size() + 63) / 64 * 64;
  code_.constants.resize(offset + static_cast<std::size_t>(bytes) * kLanes);
  for (int i = 0; i < kLanes; ++i)
    std::memcpy(code_.constants.data() + offset + static_cast<std::size_t>(i * bytes), &value,
                static_cast<std::size_t>(std::min(bytes, 8)));
  return place->second = static_cast<Slot>(offset) | 1;
}

Instruction Compiler::start(Handler run) const {
  Instruction instruction;
  instruction.run = run;
  return instruction;
}

void Compiler::emit(Instruction instruction, bool guarded) {
  if (guarded && current_->guard >= 0) {
    instruction.guard = registers_[static_cast<std::size_t>(current_->guard)];
    instruction.guard_negated = current_->guard_negated;
  }
  instruction.source = current_index_;
  instruction.number = current_number_;
  code_.instructions.push_back(instruction);
}

std::uint32_t Compiler::more(const std::vector<Slot>& slots) {
  const auto first = static_cast<std::uint32_t>(code_.slots.size());
  code_.slots.insert(code_.slots.end(), slots.begin(), slots.end());
  return first;
}

Width Compiler::width_of_register(std::uint32_t index) const { return width_of(function_.registers[index].type); }

Slot Compiler::resize(Slot from, Width from_width, Width to_width, bool sign) {
  Instruction in = start(resize_handler(from_width, to_width, sign));
  in.d = scratch(to_width);
  in.a = from;
  in.counted = false;
  emit(in, false);
  return in.d;
}

Slot Compiler::special(ptx::SpecialRegister r, Width width) {
  const Width own = width_of(ptx::bytes_of(r));
  Slot slot;
  if (changes_while_running(r)) {
    Instruction in = start(read_clock_register);
    in.d = slot = scratch(own);
    in.small = static_cast<std::uint8_t>(r);
    in.counted = false;
    emit(in, false);
  } else {
    const auto [place, added] = specials_.emplace(r, 0);
    if (added) {
      place->second = allocate(own);
      code_.frame_values.push_back({r, place->second});
    }
    slot = place->second;
  }
  return own == width ? slot : resize(slot, own, width, false);
}

Slot Compiler::source(const Operand& operand, Width width, Type immediate_type) {
  switch (operand.kind) {
    case OperandKind::reg: {
      const Slot slot = registers_[operand.index];
      const Width own = width_of_register(operand.index);
      if (operand.negated) {
        Instruction in = start(negate_predicate);
        in.a = slot;
        in.d = scratch(Width::predicate);
        in.counted = false;
        emit(in, false);
        return in.d;
      }
      return own == width || own == Width::predicate
                 ? slot
                 : resize(slot, own, width, ptx::is_signed(function_.registers[operand.index].type));
    }
    case OperandKind::immediate: {
      std::uint64_t value = static_cast<std::uint64_t>(operand.value);
      if (operand.float_bytes == 8 && (immediate_type == Type::f32 || bytes_of(width) == 4))
        value = std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(value)));
      if (operand.float_bytes == 4 && immediate_type == Type::f64)
        value =
            std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value))));
      if (width == Width::predicate) {
        // One mask, not 32 values.
        return constant(value ? ~std::uint64_t{0} : 0, 4);
      }
      return constant(value, bytes_of(width));
    }
    case OperandKind::special:
      return special(static_cast<ptx::SpecialRegister>(operand.index), width);
    case OperandKind::variable:
      return address_of(operand, width);
    default:
      return constant(0, std::max(2, bytes_of(width)));
  }
}

// The address of a symbol in its own space (shared: an offset; local: an offset in the lane's local memory).
Slot Compiler::address_of(const Operand& operand, Width width) {
  const Symbol& symbol = function_.symbols[static_cast<std::size_t>(operand.symbol)];
  const auto computed = [&](Handler run, std::int64_t value) {
    Instruction in = start(run);
    in.d = scratch(Width::bytes8);
    in.immediate = value;
    in.counted = false;
    emit(in, false);
    return width == Width::bytes8 ? in.d : resize(in.d, Width::bytes8, width, false);
  };
  switch (symbol.kind) {
    case Symbol::Kind::local_variable: {
      const std::int64_t offset = variable_offset_[symbol.index] + operand.value;
      if (function_.variables[symbol.index].space == ptx::Space::shared)
        return constant(static_cast<std::uint64_t>(offset), bytes_of(width));
      return computed(local_address, offset);
    }
    case Symbol::Kind::parameter: {
      const std::int64_t offset =
          static_cast<std::int64_t>(program_.traits().parameters[symbol.index].offset) + operand.value;
      return computed(parameter_address, offset);
    }
    case Symbol::Kind::module_variable: {
      const ptx::Variable& v = program_.module().parsed().variables[symbol.index];
      std::uint64_t value;
      if (v.space == ptx::Space::shared)
        value = program_.shared_offset(v);
      else
        value = reinterpret_cast<std::uint64_t>(program_.module().address_of_variable(symbol.index));
      return constant(value + static_cast<std::uint64_t>(operand.value), bytes_of(width));
    }
    case Symbol::Kind::function:
      return constant(kCodeWindow + 16 * symbol.index, bytes_of(width));
    default:
      return constant(0, bytes_of(width));
  }
}

Compiler::Address Compiler::address(const Operand& operand, MemoryPlace place) {
  const Width width = place == MemoryPlace::shared ? Width::bytes4 : Width::bytes8;
  if (operand.kind == OperandKind::reg) return {source(operand, width), operand.value};
  return {source(operand, width), 0};
}

Slot Compiler::destination(const Operand& operand, Width width, Type extend) {
  if (operand.kind != OperandKind::reg) return scratch(width);
  const Slot slot = registers_[operand.index];
  const Width own = width_of_register(operand.index);
  if (own == width || own == Width::predicate) return slot;
  const Slot temporary = scratch(width);
  pending_.push_back({temporary, slot, width, own, ptx::is_signed(extend)});
  return temporary;
}

void Compiler::finish_destinations() {
  for (const Pending& p : pending_) {
    Instruction in = start(resize_handler(p.from_width, p.to_width, p.sign));
    in.a = p.from;
    in.d = p.to;
    in.counted = false;
    emit(in);
  }
  pending_.clear();
}

void Compiler::translate(const ptx::Instruction& in) {
  for (auto& [width, used] : scratch_used_) used = 0;
  if (in.problem.empty()) {
    if (translate_control(in) || translate_memory(in) || translate_move(in) || translate_asynchronous(in) ||
        translate_matrix(in))
      return finish_destinations();
    constexpr Form (*kFamilies[])(const ptx::Instruction&) = {
        rounded_form, float_form, half_form, integer_form, bit_form, compare_form, convert_form, video_form, warp_form};
    for (const auto family : kFamilies) {
      const Form form = family(in);
      if (!form.run) continue;
      translate_form(in, form);
      return finish_destinations();
    }
  }
  pending_.clear();
  emit(start(unsupported));
}

void Compiler::translate_form(const ptx::Instruction& in, const Form& form) {
  Instruction out = start(form.run);
  out.immediate = form.immediate;
  out.small = form.small;
  std::size_t next = 0;
  const std::vector<Operand>& operands = in.operands;
  // "p|q" was parsed as two operands; the second may be absent.
  std::size_t given_sources = 0;
  for (const Width w : form.sources) given_sources += w != Width::none;
  const bool two = form.has_second_destination && operands.size() == given_sources + 2;
  if (form.d != Width::none) {
    if (next >= operands.size()) return emit(start(unsupported));
    const Operand& d = operands[next++];
    out.d = d.kind == OperandKind::none && form.has_second_destination ? kNoSlot : destination(d, form.d, form.extend);
  }
  if (two) {
    const Operand& d2 = operands[next++];
    out.d2 =
        d2.kind == OperandKind::none ? kNoSlot : destination(d2, form.d2 == Width::none ? form.d : form.d2, Type::none);
  }
  Slot* const places[] = {&out.a, &out.b, &out.c, &out.e};
  for (std::size_t s = 0; s < form.sources.size(); ++s) {
    if (form.sources[s] == Width::none) continue;
    if (next >= operands.size()) return emit(start(unsupported));
    *places[s] = source(operands[next++], form.sources[s], form.immediate_type);
  }
  emit(out);
}

}  // namespace cudaemu
