// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/ptx/opcode.h"

#include <string>
#include <unordered_map>

namespace cudaemu::ptx {

Opcode opcode_of(std::string_view word) {
  static const auto* table = [] {
    auto* map = new std::unordered_map<std::string, Opcode>;
    const auto add = [map](std::string name, Opcode opcode) {
      if (name.back() == '_') name.pop_back();  // and_, or_, not_, xor_
      map->emplace(std::move(name), opcode);
    };
#define CUDAEMU_X(name) add(#name, Opcode::name);
    CUDAEMU_OPCODES(CUDAEMU_X)
#undef CUDAEMU_X
    return map;
  }();
  const auto found = table->find(std::string(word));
  return found == table->end() ? Opcode::unknown : found->second;
}

std::optional<Modifier> modifier_of(std::string_view word) {
  static const auto* table = [] {
    auto* map = new std::unordered_map<std::string_view, Modifier>;
#define CUDAEMU_X(name) map->emplace(#name, Modifier::name);
#define CUDAEMU_Y(name, spelling) map->emplace(spelling, Modifier::name);
    CUDAEMU_MODIFIERS(CUDAEMU_X, CUDAEMU_Y)
#undef CUDAEMU_X
#undef CUDAEMU_Y
    return map;
  }();
  const auto found = table->find(word);
  if (found == table->end()) return std::nullopt;
  return found->second;
}

}  // namespace cudaemu::ptx
