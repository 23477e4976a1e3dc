// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/row_block.h"

#include <cstring>

namespace kindred {

bool valid_utf8(std::string_view text) {
  const auto* byte = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = byte + text.size();
  while (byte < end) {
    if (end - byte >= 8) {
      std::uint64_t word;
      std::memcpy(&word, byte, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        byte += 8;
        continue;
      }
    }
    const unsigned lead = *byte++;
    if (lead < 0x80) continue;
    int more = 0;
    unsigned low = 0x80;  // the range of the second byte keeps out overlong forms, surrogates and > U+10FFFF
    unsigned high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      more = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      more = 2;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      more = 3;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    for (; more > 0; --more, ++byte) {
      if (byte == end || *byte < low || *byte > high) return false;
      low = 0x80;
      high = 0xBF;
    }
  }
  return true;
}

void BlockIds::begin(const IdTable* known) {
  known_ = known;
  integers_.clear();
  texts_.clear();
  order_.clear();
  number_of_integer_.clear();
  number_of_text_.clear();
}

std::int32_t BlockIds::map_new(const IdKey& key) {
  IdTable& table = key.integer ? integers_ : texts_;
  std::vector<std::int32_t>& numbers = key.integer ? number_of_integer_ : number_of_text_;
  const std::int32_t code = key.integer ? table.insert(key.value) : table.insert(key.text);
  if (code == static_cast<std::int32_t>(numbers.size())) {
    numbers.push_back(static_cast<std::int32_t>(order_.size()));
    order_.push_back({key.integer, code});
  }
  return ~numbers[static_cast<std::size_t>(code)];
}

void BlockIds::join(IdTable& all, std::vector<std::int32_t>& final_codes) const {
  final_codes.resize(order_.size());
  for (std::size_t number = 0; number < order_.size(); ++number) {
    const NewId& id = order_[number];
    final_codes[number] = id.integer ? all.insert(integers_.integer(id.code)) : all.insert(texts_.string(id.code));
  }
}

void RowBlock::begin(const std::array<IdColumn*, kIdRoles>& columns) {
  for (std::size_t role = 0; role < kIdRoles; ++role) {
    ids[role].begin(&columns[role]->ids);
    codes[role].clear();
  }
  weights.clear();
  timestamps.clear();
  lines = 0;
  rows_read = 0;
  users_are_lines = false;
  bad_rows.fill(0);
  examples.clear();
}

}  // namespace kindred
