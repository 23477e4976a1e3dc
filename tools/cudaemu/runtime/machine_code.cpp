// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/machine_code.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

namespace cudaemu {

namespace {

// An entry of section .nv.info: format, attribute, then a value or the number of bytes that follow.
struct InfoEntry {
  std::uint8_t format, attribute;
  std::uint16_t bytes;
};
constexpr std::uint8_t kSizedFormat = 4;
constexpr std::uint8_t kRegisterCount = 0x2f;  // payload: symbol index, registers

struct RegisterCount {
  std::uint32_t symbol, registers;
};

template <class T>
std::optional<T> read(std::string_view image, std::uint64_t offset) {
  if (offset > image.size() || image.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, image.data() + offset, sizeof value);
  return value;
}

std::string text_at(std::string_view image, const Elf64_Shdr& strings, std::uint64_t offset) {
  const std::uint64_t begin = strings.sh_offset + offset;
  return begin < image.size() ? std::string(image.substr(begin, image.find('\0', begin) - begin)) : std::string();
}

std::vector<Elf64_Shdr> sections_of(std::string_view image, const Elf64_Ehdr& header) {
  std::vector<Elf64_Shdr> sections;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(image, header.e_shoff + i * header.e_shentsize);
    if (section) sections.push_back(*section);
  }
  return sections;
}

}  // namespace

std::map<std::string, int> registers_by_kernel(std::string_view image) {
  std::map<std::string, int> result;
  const auto header = read<Elf64_Ehdr>(image, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return result;
  const std::vector<Elf64_Shdr> sections = sections_of(image, *header);
  const Elf64_Shdr* symbols = nullptr;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type == SHT_SYMTAB) symbols = &section;
  }
  if (symbols == nullptr || symbols->sh_link >= sections.size() || header->e_shstrndx >= sections.size()) return result;

  for (const Elf64_Shdr& section : sections) {
    if (text_at(image, sections[header->e_shstrndx], section.sh_name) != ".nv.info") continue;
    std::uint64_t at = section.sh_offset;
    while (at < section.sh_offset + section.sh_size) {
      const auto entry = read<InfoEntry>(image, at);
      if (!entry) break;
      at += sizeof(InfoEntry);
      if (entry->format != kSizedFormat) continue;
      const auto count = read<RegisterCount>(image, at);
      at += entry->bytes;
      if (entry->attribute != kRegisterCount || !count) continue;
      const auto symbol = read<Elf64_Sym>(image, symbols->sh_offset + count->symbol * sizeof(Elf64_Sym));
      if (!symbol) continue;
      result[text_at(image, sections[symbols->sh_link], symbol->st_name)] = static_cast<int>(count->registers);
    }
  }
  return result;
}

}  // namespace cudaemu
