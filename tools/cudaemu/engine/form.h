// SPDX-License-Identifier: Apache-2.0
// What the compiler must know of an instruction: its handler and the widths of its operands, in PTX's order.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/ptx/module.h"

namespace cudaemu {

enum class Width : std::uint8_t { none, predicate, bytes2, bytes4, bytes8, bytes16 };

constexpr Width width_of(int bytes) {
  return bytes <= 2 ? Width::bytes2 : bytes <= 4 ? Width::bytes4 : bytes <= 8 ? Width::bytes8 : Width::bytes16;
}
inline Width width_of(ptx::Type type) {
  return type == ptx::Type::pred ? Width::predicate : type == ptx::Type::none ? Width::none : width_of(bytes_of(type));
}
constexpr int bytes_of(Width w) {
  return w == Width::none                              ? 0
         : w == Width::bytes2                          ? 2
         : w == Width::predicate || w == Width::bytes4 ? 4
         : w == Width::bytes8                          ? 8
                                                       : 16;
}

struct Form {
  Handler run = nullptr;               // null: not supported
  Width d = Width::none;               // destination
  std::array<Width, 4> sources{};      // a, b, c, e
  ptx::Type extend = ptx::Type::none;  // type of the result when the register is wider
  std::int64_t immediate = 0;
  std::uint8_t small = 0;
  bool has_second_destination = false;  // "p|q" or a result that may be left out
  Width d2 = Width::none;
  // Immediates written as integers where a float is wanted, or 0d for .f32, are converted to this type.
  ptx::Type immediate_type = ptx::Type::none;
};

// Families; each returns a form without handler when the instruction is not one of its own.
Form integer_form(const ptx::Instruction& in);
Form bit_form(const ptx::Instruction& in);
Form float_form(const ptx::Instruction& in);
Form half_form(const ptx::Instruction& in);
Form rounded_form(const ptx::Instruction& in);  // add, sub, mul, fma, ... with .rz .rm .rp
Form compare_form(const ptx::Instruction& in);  // setp, set, selp, slct, testp, predicates' logic
Form convert_form(const ptx::Instruction& in);
Form video_form(const ptx::Instruction& in);  // vabsdiff4, dp4a, ...
Form warp_form(const ptx::Instruction& in);   // shfl, vote, match, redux, ...

}  // namespace cudaemu
