// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/ptx/type.h"

#include <unordered_map>

namespace cudaemu::ptx {
namespace {

struct TypeRow {
  Type type;
  std::string_view name;
  int bytes;
};

constexpr TypeRow kTypes[] = {
    {Type::none, "none", 0},     {Type::pred, "pred", 0},     {Type::b8, "b8", 1},         {Type::b16, "b16", 2},
    {Type::b32, "b32", 4},       {Type::b64, "b64", 8},       {Type::b128, "b128", 16},    {Type::u8, "u8", 1},
    {Type::u16, "u16", 2},       {Type::u32, "u32", 4},       {Type::u64, "u64", 8},       {Type::s8, "s8", 1},
    {Type::s16, "s16", 2},       {Type::s32, "s32", 4},       {Type::s64, "s64", 8},       {Type::f16, "f16", 2},
    {Type::f16x2, "f16x2", 4},   {Type::bf16, "bf16", 2},     {Type::bf16x2, "bf16x2", 4}, {Type::f32, "f32", 4},
    {Type::f64, "f64", 8},       {Type::tf32, "tf32", 4},     {Type::u16x2, "u16x2", 4},   {Type::s16x2, "s16x2", 4},
    {Type::e4m3x2, "e4m3x2", 2}, {Type::e5m2x2, "e5m2x2", 2}, {Type::f32x2, "f32x2", 8},
};

}  // namespace

std::optional<Type> type_of(std::string_view word) {
  static const auto* table = [] {
    auto* map = new std::unordered_map<std::string_view, Type>;
    for (const TypeRow& row : kTypes)
      if (row.type != Type::none) map->emplace(row.name, row.type);
    return map;
  }();
  const auto found = table->find(word);
  if (found == table->end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(Type type) { return kTypes[static_cast<int>(type)].name; }
int bytes_of(Type type) { return kTypes[static_cast<int>(type)].bytes; }

std::optional<Space> space_of(std::string_view word) {
  if (word == "global") return Space::global;
  if (word == "shared" || word == "shared::cta" || word == "shared::cluster") return Space::shared;
  if (word == "local") return Space::local;
  if (word == "param" || word == "param::entry" || word == "param::func") return Space::param;
  if (word == "const") return Space::constant;
  return std::nullopt;
}

std::string_view name_of(Space space) {
  constexpr std::string_view kNames[] = {"generic", "global", "shared", "local", "param", "constant"};
  return kNames[static_cast<int>(space)];
}

}  // namespace cudaemu::ptx
