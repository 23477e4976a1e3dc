// SPDX-License-Identifier: Apache-2.0
// External ids <-> dense codes 0, 1, 2, ... in the order of insertion.
//
// A table starts with 64-bit integers and becomes one of strings with the first id that is not the canonical text of
// an integer ("007", "+1", "-0", "9223372036854775808", "u42"); codes do not change, because canonical texts and
// integers correspond one to one. So "7" and "007" stay two ids, and a column of integers costs 8 bytes an id.
// Open addressing with a fixed hash: the same calls give the same codes on every machine. At most 2^31 - 1 ids.
// const members may be called from several threads at once.
#pragma once

#include "trainer/data/growing_array.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kindred {

// The value when `text` is exactly what printing that int64 gives, else nothing.
std::optional<std::int64_t> canonical_integer(std::string_view text);

class IdTable {
 public:
  std::int32_t size() const;
  bool integers() const { return integers_; }
  std::int64_t integer(std::int32_t code) const { return values_[code]; }  // integers() only
  std::string_view string(std::int32_t code) const;                        // !integers() only
  std::string text(std::int32_t code) const;                               // either, as text
  std::span<const std::int64_t> integer_values() const { return values_.span(); }

  // Code of an id, -1 when it is not there.
  std::int32_t find(std::int64_t id) const;
  std::int32_t find(std::string_view id) const;
  // Brings the place of an integer near, for a find() soon after; no effect on a table of strings.
  void prefetch(std::int64_t id) const {
    if (integers_ && !slots_.empty()) __builtin_prefetch(slots_.data() + first_place(id));
  }
  // Code of an id, new where it was not there.
  std::int32_t insert(std::int64_t id);
  std::int32_t insert(std::string_view id);

  void make_strings();
  void clear();  // empty, and of integers again; keeps no memory

 private:
  std::int32_t find_string(std::string_view id, std::uint64_t hash) const;
  void grow(std::int64_t slots);
  void check_room() const;
  static std::uint64_t hash_integer(std::int64_t id) {
    std::uint64_t key = static_cast<std::uint64_t>(id);
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15ULL;
    return key ^ (key >> 29);
  }
  std::uint64_t first_place(std::int64_t id) const {
    return hash_integer(id) & (static_cast<std::uint64_t>(slots_.size()) - 1);
  }

  bool integers_ = true;
  GrowingArray<std::int64_t> values_;   // integers: the id of each code
  GrowingArray<char> bytes_;            // strings: all ids after one another
  GrowingArray<std::int64_t> offsets_;  // strings: size() + 1
  struct Slot {
    std::uint64_t key;  // integers: the id; strings: its hash
    std::int32_t code;  // -1: free
  };
  GrowingArray<Slot> slots_;  // a power of two, at most two thirds full
};

}  // namespace kindred
