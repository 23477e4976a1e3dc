// SPDX-License-Identifier: Apache-2.0
// The types of PTX instructions, registers and variables, and the state spaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cudaemu::ptx {

enum class Type : std::uint8_t {
  none,
  pred,
  b8,
  b16,
  b32,
  b64,
  b128,
  u8,
  u16,
  u32,
  u64,
  s8,
  s16,
  s32,
  s64,
  f16,
  f16x2,
  bf16,
  bf16x2,
  f32,
  f64,
  tf32,
  u16x2,
  s16x2,
  e4m3x2,
  e5m2x2,
  f32x2,
};

enum class Space : std::uint8_t { generic, global, shared, local, param, constant };

std::optional<Type> type_of(std::string_view word);  // "f32" -> Type::f32
std::string_view name_of(Type type);
int bytes_of(Type type);  // 0 for none and pred

constexpr bool is_signed(Type t) { return t >= Type::s8 && t <= Type::s64; }
constexpr bool is_float(Type t) {
  return t == Type::f16 || t == Type::bf16 || t == Type::f32 || t == Type::f64 || t == Type::tf32;
}

std::optional<Space> space_of(std::string_view word);  // "shared", "shared::cta", ...
std::string_view name_of(Space space);

}  // namespace cudaemu::ptx
