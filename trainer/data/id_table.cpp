// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/id_table.h"

#include <xxhash.h>

#include <charconv>
#include <cstring>
#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kFirstSlots = 64;

std::uint64_t hash_string(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

struct IntegerText {
  char text[24];
  std::size_t length;
  explicit IntegerText(std::int64_t value)
      : length(static_cast<std::size_t>(std::to_chars(text, text + sizeof text, value).ptr - text)) {}
  std::string_view view() const { return {text, length}; }
};

}  // namespace

std::optional<std::int64_t> canonical_integer(std::string_view text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  const std::size_t sign = text[0] == '-' ? 1 : 0;
  const std::size_t digits = text.size() - sign;
  if (digits == 0) return std::nullopt;
  if (text[sign] == '0' && (digits > 1 || sign == 1)) return std::nullopt;
  if (digits <= 18) {
    std::int64_t value = 0;
    for (std::size_t place = sign; place < text.size(); ++place) {
      const unsigned digit = static_cast<unsigned char>(text[place]) - unsigned{'0'};
      if (digit > 9) return std::nullopt;
      value = value * 10 + digit;
    }
    return sign ? -value : value;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int32_t IdTable::size() const {
  const std::int64_t count = integers_ ? values_.size() : offsets_.size() - 1;
  return static_cast<std::int32_t>(count);
}

std::string_view IdTable::string(std::int32_t code) const {
  return {bytes_.data() + offsets_[code], static_cast<std::size_t>(offsets_[code + 1] - offsets_[code])};
}

std::string IdTable::text(std::int32_t code) const {
  return std::string(integers_ ? IntegerText(values_[code]).view() : string(code));
}

std::int32_t IdTable::find(std::int64_t id) const {
  if (!integers_) return find(IntegerText(id).view());
  if (slots_.empty()) return -1;
  const std::uint64_t key = static_cast<std::uint64_t>(id);
  const std::uint64_t mask = static_cast<std::uint64_t>(slots_.size()) - 1;
  for (std::uint64_t place = first_place(id);; place = (place + 1) & mask) {
    const Slot& slot = slots_[static_cast<std::int64_t>(place)];
    if (slot.code < 0 || slot.key == key) return slot.code;
  }
}

std::int32_t IdTable::find_string(std::string_view id, std::uint64_t hash) const {
  if (slots_.empty()) return -1;
  const std::uint64_t mask = static_cast<std::uint64_t>(slots_.size()) - 1;
  for (std::uint64_t place = hash & mask;; place = (place + 1) & mask) {
    const Slot& slot = slots_[static_cast<std::int64_t>(place)];
    if (slot.code < 0 || (slot.key == hash && string(slot.code) == id)) return slot.code;
  }
}

std::int32_t IdTable::find(std::string_view id) const {
  if (!integers_) return find_string(id, hash_string(id));
  const std::optional<std::int64_t> value = canonical_integer(id);
  return value ? find(*value) : -1;
}

std::int32_t IdTable::insert(std::int64_t id) {
  if (!integers_) return insert(IntegerText(id).view());
  const std::int32_t known = find(id);
  if (known >= 0) return known;
  check_room();
  const std::int32_t code = size();
  values_.push_back(id);
  if ((values_.size() * 3) > slots_.size() * 2) {
    grow(std::max(kFirstSlots, slots_.size() * 2));
    return code;
  }
  const std::uint64_t mask = static_cast<std::uint64_t>(slots_.size()) - 1;
  std::uint64_t place = first_place(id);
  while (slots_[static_cast<std::int64_t>(place)].code >= 0) place = (place + 1) & mask;
  slots_[static_cast<std::int64_t>(place)] = {static_cast<std::uint64_t>(id), code};
  return code;
}

std::int32_t IdTable::insert(std::string_view id) {
  if (integers_) {
    if (const std::optional<std::int64_t> value = canonical_integer(id)) return insert(*value);
    make_strings();
  }
  const std::uint64_t hash = hash_string(id);
  const std::int32_t known = find_string(id, hash);
  if (known >= 0) return known;
  check_room();
  const std::int32_t code = size();
  const std::int64_t length = static_cast<std::int64_t>(id.size());
  if (length > 0) std::memcpy(bytes_.extend(length), id.data(), id.size());
  offsets_.push_back(bytes_.size());
  if ((offsets_.size() - 1) * 3 > slots_.size() * 2) {
    grow(std::max(kFirstSlots, slots_.size() * 2));
    return code;
  }
  const std::uint64_t mask = static_cast<std::uint64_t>(slots_.size()) - 1;
  std::uint64_t place = hash & mask;
  while (slots_[static_cast<std::int64_t>(place)].code >= 0) place = (place + 1) & mask;
  slots_[static_cast<std::int64_t>(place)] = {hash, code};
  return code;
}

// Strings keep their whole hash in the slot, so that growing reads no text.
void IdTable::grow(std::int64_t slots) {
  GrowingArray<Slot> larger;
  larger.resize(slots);
  for (Slot& slot : larger) slot = {0, -1};
  const std::uint64_t mask = static_cast<std::uint64_t>(slots) - 1;
  const auto place_of = [&](std::uint64_t hash) {
    std::uint64_t place = hash & mask;
    while (larger[static_cast<std::int64_t>(place)].code >= 0) place = (place + 1) & mask;
    return static_cast<std::int64_t>(place);
  };
  const std::int32_t count = size();
  if (integers_) {
    for (std::int32_t code = 0; code < count; ++code) {
      larger[place_of(hash_integer(values_[code]))] = {static_cast<std::uint64_t>(values_[code]), code};
    }
  } else {
    for (const Slot& slot : slots_) {
      if (slot.code >= 0) larger[place_of(slot.key)] = slot;
    }
    // The newest string (insert) or all of them (make_strings) have no slot yet.
    const std::int32_t first = slots_.empty() ? 0 : count - 1;
    for (std::int32_t code = first; code < count; ++code) {
      const std::uint64_t hash = hash_string(string(code));
      larger[place_of(hash)] = {hash, code};
    }
  }
  slots_ = std::move(larger);
}

void IdTable::make_strings() {
  if (!integers_) return;
  offsets_.reserve(values_.size() + 1);
  offsets_.push_back(0);
  for (const std::int64_t value : values_) {
    const IntegerText text(value);
    std::memcpy(bytes_.extend(static_cast<std::int64_t>(text.length)), text.text, text.length);
    offsets_.push_back(bytes_.size());
  }
  integers_ = false;
  values_.clear();
  const std::int64_t slots = slots_.size();
  slots_.clear();
  if (slots > 0) grow(slots);
}

void IdTable::check_room() const {
  if (size() == std::numeric_limits<std::int32_t>::max()) {
    fail(ErrorKind::data, "a column has more than {} different ids; Kindred numbers users and items with 32 bits",
         std::numeric_limits<std::int32_t>::max());
  }
}

void IdTable::clear() { *this = IdTable(); }

}  // namespace kindred
