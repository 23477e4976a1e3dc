// SPDX-License-Identifier: Apache-2.0
// ld and st. Accesses of a whole warp to consecutive elements, the usual case, are checked and copied as one.
#include "tools/cudaemu/engine/load_store.h"

#include <algorithm>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

// Elements of one byte live in registers of two.
template <class T>
using Stored =
    std::conditional_t<sizeof(T) == 1, std::conditional_t<std::is_signed_v<T>, std::int16_t, std::uint16_t>, T>;

template <class A>
bool consecutive(const A* a, std::uint32_t stride) {
  A wrong = 0;
  for (int i = 0; i < kLanes; ++i) wrong |= a[i] ^ (a[0] + static_cast<A>(i) * stride);
  return wrong == 0;
}

template <std::uint8_t kWant, int kCount>
bool states_have(const std::uint8_t* state) {
  std::uint8_t missing = 0;
  for (int i = 0; i < kCount; ++i) missing |= static_cast<std::uint8_t>(~state[i] & kWant);
  return missing == 0;
}

template <class A>
void addresses(const Warp& w, const Instruction& in, A* out) {
  const A* a = w.reg<A>(in.a);
  for (int i = 0; i < kLanes; ++i) out[i] = a[i] + static_cast<A>(in.immediate);
}

void after_global(Warp& w, const Instruction& in, LaneMask mask, const std::uint64_t* address, std::uint32_t bytes,
                  std::uint32_t access) {
  if (w.race) w.race->global_access(in, mask, bytes, access | in.target, address);
}

// Where the bytes of a warp's neighbouring accesses lie, and what is known of them, when all are inside.
struct WarpBytes {
  std::uint8_t* state;
  std::byte* bytes;
  bool inside;
};
template <bool kShared, int kAll>
WarpBytes whole_warp(Warp& w, std::uint64_t first) {
  if constexpr (kShared) {
    Block& block = w.block();
    return {block.shared_state() + first, block.shared() + first, first + kAll <= block.shared_bytes()};
  } else {
    const std::uint64_t offset = first - arena.base;
    return {arena.state + offset, arena.bytes + offset, offset < kArenaBytes - kAll};
  }
}

template <class T, int kVector, bool kShared>
void load(Warp& w, const Instruction& in, LaneMask mask) {
  using A = std::conditional_t<kShared, std::uint32_t, std::uint64_t>;
  constexpr int kBytes = sizeof(T) * kVector;
  alignas(64) A address[kLanes];
  addresses(w, in, address);
  if constexpr (kVector == 1 && sizeof(T) >= 2) {
    if (mask == kAllLanes && consecutive(address, sizeof(T)) && address[0] % sizeof(T) == 0) {
      constexpr int kAll = sizeof(T) * kLanes;
      const auto [state, bytes, inside] = whole_warp<kShared, kAll>(w, address[0]);
      if (inside && states_have<kWritten, kAll>(state)) {
        std::memcpy(w.reg<T>(in.d), bytes, kAll);
        if (in.target & kStrong) w.spin();
        if (w.race) {
          if constexpr (kShared)
            w.race->shared_access(in, mask, kBytes, kRead | in.target, [&](int i) { return address[i]; });
          else
            after_global(w, in, mask, address, kBytes, kRead);
        }
        return;
      }
    }
  }
  const Slot single[1] = {in.d};
  const Slot* slots = kVector == 1 ? single : w.more(in);
  Stored<T>* d[kVector];
  for (int v = 0; v < kVector; ++v) d[v] = slots[v] == kNoSlot ? nullptr : w.reg<Stored<T>>(slots[v]);
  for_each_lane(mask, [&](int i) {
    const std::byte* from;
    if constexpr (kShared)
      from = resolve_shared_read<kBytes>(w, in, i, address[i]);
    else
      from = resolve_read<kBytes>(w, in, i, address[i]);
    if (!from) return;
    for (int v = 0; v < kVector; ++v) {
      T value;
      std::memcpy(&value, from + sizeof(T) * v, sizeof(T));
      if (d[v]) d[v][i] = value;
    }
  });
  if (in.target & kStrong) w.spin();
  if (w.race) {
    if constexpr (kShared)
      w.race->shared_access(in, mask, kBytes, kRead | in.target, [&](int i) { return address[i]; });
    else
      after_global(w, in, mask, address, kBytes, kRead);
  }
}

// Lanes that store to the place of an earlier lane the same value: all of them do one write.
template <class T, class A>
LaneMask repeated_stores(LaneMask mask, const A* address, const Stored<T>* value) {
  constexpr std::uint32_t kBuckets = 64;
  std::uint64_t used = 0;
  std::uint8_t lane[kBuckets];
  LaneMask repeated = 0;
  for_each_lane(mask, [&](int i) {
    std::uint32_t bucket = static_cast<std::uint32_t>(address[i] / sizeof(T)) % kBuckets;
    for (; used >> bucket & 1; bucket = (bucket + 1) % kBuckets) {
      if (address[lane[bucket]] != address[i]) continue;
      if (static_cast<T>(value[lane[bucket]]) == static_cast<T>(value[i])) repeated |= LaneMask{1} << i;
      return;
    }
    used |= std::uint64_t{1} << bucket;
    lane[bucket] = static_cast<std::uint8_t>(i);
  });
  return repeated;
}

template <class T, int kVector, bool kShared>
void store(Warp& w, const Instruction& in, LaneMask mask) {
  using A = std::conditional_t<kShared, std::uint32_t, std::uint64_t>;
  constexpr int kBytes = sizeof(T) * kVector;
  alignas(64) A address[kLanes];
  addresses(w, in, address);
  const Slot single[1] = {in.b};
  const Slot* slots = kVector == 1 ? single : w.more(in);
  if (w.race) {
    LaneMask writers = mask;
    if (kVector == 1 && !consecutive(address, sizeof(T)))
      writers &= ~repeated_stores<T>(mask, address, w.reg<Stored<T>>(in.b));
    if constexpr (kShared)
      w.race->shared_access(in, writers, kBytes, kWrite | in.target, [&](int i) { return address[i]; });
    else
      after_global(w, in, writers, address, kBytes, kWrite);
  }
  w.stored();
  if constexpr (kVector == 1 && sizeof(T) >= 2) {
    if (mask == kAllLanes && consecutive(address, sizeof(T)) && address[0] % sizeof(T) == 0) {
      constexpr int kAll = sizeof(T) * kLanes;
      const auto [state, bytes, inside] = whole_warp<kShared, kAll>(w, address[0]);
      if (inside && states_have<kUnwritten, kAll>(state)) {
        std::memset(state, kWritten, kAll);
        std::memcpy(bytes, w.reg<T>(in.b), kAll);
        return;
      }
    }
  }
  const Stored<T>* s[kVector];
  for (int v = 0; v < kVector; ++v) s[v] = w.reg<Stored<T>>(slots[v]);
  const auto one = [&](int i) {
    std::byte* to;
    if constexpr (kShared)
      to = resolve_shared_write<kBytes>(w, in, i, address[i]);
    else
      to = resolve_write<kBytes>(w, in, i, address[i]);
    if (!to) return;
    for (int v = 0; v < kVector; ++v) {
      const T value = static_cast<T>(s[v][i]);
      std::memcpy(to + sizeof(T) * v, &value, sizeof(T));
    }
  };
  for_each_lane(mask, one);
}

// Local memory: each lane's own.
template <class T, bool kWrite_>
void local_access(Warp& w, const Instruction& in, LaneMask mask) {
  const bool wide = in.e == 8;  // width of the address register
  const int vector = in.small;
  const Slot single[1] = {kWrite_ ? in.b : in.d};
  const Slot* slots = vector == 1 ? single : w.more(in);
  for_each_lane(mask, [&](int i) {
    const std::uint64_t address = (wide ? w.reg<std::uint64_t>(in.a)[i] : w.reg<std::uint32_t>(in.a)[i]) +
                                  static_cast<std::uint64_t>(in.immediate);
    const auto bytes = static_cast<std::uint32_t>(sizeof(T)) * static_cast<std::uint32_t>(vector);
    std::byte* at = resolve_thoroughly(w, in, i, address, bytes, kWrite_ ? kWrite : kRead, AddressSpace::local);
    if (!at) return;
    for (int v = 0; v < vector; ++v) {
      T value;
      if (kWrite_) {
        value = static_cast<T>(w.reg<Stored<T>>(slots[v])[i]);
        std::memcpy(at + sizeof(T) * static_cast<std::size_t>(v), &value, sizeof(T));
      } else {
        std::memcpy(&value, at + sizeof(T) * static_cast<std::size_t>(v), sizeof(T));
        if (slots[v] != kNoSlot) w.reg<Stored<T>>(slots[v])[i] = value;
      }
    }
  });
}

// Kernel parameters: the same for all lanes.
template <class T>
void load_kernel_parameter(Warp& w, const Instruction& in, LaneMask mask) {
  const std::vector<std::byte>& parameters = w.block().grid().launch().parameters;
  const int vector = in.small;
  const Slot single[1] = {in.d};
  const Slot* slots = vector == 1 ? single : w.more(in);
  for (int v = 0; v < vector; ++v) {
    T value{};
    const std::size_t at = static_cast<std::size_t>(in.immediate) + sizeof(T) * static_cast<std::size_t>(v);
    if (at + sizeof(T) <= parameters.size()) std::memcpy(&value, parameters.data() + at, sizeof(T));
    if (slots[v] == kNoSlot) continue;
    for_each_lane(mask, [&](int i) { w.reg<Stored<T>>(slots[v])[i] = value; });
  }
}

// Parameters of function calls: each lane's own, at known offsets of the frame.
template <class T, bool kWrite_>
void call_parameter(Warp& w, const Instruction& in, LaneMask mask) {
  const Frame& frame = w.frame();
  const int vector = in.small;
  const Slot single[1] = {kWrite_ ? in.b : in.d};
  const Slot* slots = vector == 1 ? single : w.more(in);
  for_each_lane(mask, [&](int i) {
    std::byte* at = frame.parameters + static_cast<std::size_t>(i) * frame.code->parameter_bytes + in.immediate;
    for (int v = 0; v < vector; ++v, at += sizeof(T)) {
      T value;
      if (kWrite_) {
        value = static_cast<T>(w.reg<Stored<T>>(slots[v])[i]);
        std::memcpy(at, &value, sizeof(T));
      } else {
        std::memcpy(&value, at, sizeof(T));
        if (slots[v] != kNoSlot) w.reg<Stored<T>>(slots[v])[i] = value;
      }
    }
  });
}

template <class T>
Handler choose(MemoryPlace place, bool write, int vector) {
  if (place == MemoryPlace::local) return write ? local_access<T, true> : local_access<T, false>;
  if (place == MemoryPlace::kernel_parameter) return write ? nullptr : load_kernel_parameter<T>;
  if (place == MemoryPlace::call_parameter) return write ? call_parameter<T, true> : call_parameter<T, false>;
  const bool shared = place == MemoryPlace::shared;
  switch (vector) {
    case 1:
      return write ? (shared ? store<T, 1, true> : store<T, 1, false>)
                   : (shared ? load<T, 1, true> : load<T, 1, false>);
    case 2:
      return write ? (shared ? store<T, 2, true> : store<T, 2, false>)
                   : (shared ? load<T, 2, true> : load<T, 2, false>);
    case 4:
      if constexpr (sizeof(T) <= 8)
        return write ? (shared ? store<T, 4, true> : store<T, 4, false>)
                     : (shared ? load<T, 4, true> : load<T, 4, false>);
      return nullptr;
    case 8:
      if constexpr (sizeof(T) <= 4)
        return write ? (shared ? store<T, 8, true> : store<T, 8, false>)
                     : (shared ? load<T, 8, true> : load<T, 8, false>);
      return nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

Handler memory_handler(MemoryPlace place, ptx::Type type, bool write, int vector) {
  switch (bytes_of(type)) {
    case 1:
      return type == ptx::Type::s8 ? choose<std::int8_t>(place, write, vector)
                                   : choose<std::uint8_t>(place, write, vector);
    case 2:
      return choose<std::uint16_t>(place, write, vector);
    case 4:
      return choose<std::uint32_t>(place, write, vector);
    case 8:
      return choose<std::uint64_t>(place, write, vector);
    case 16:
      return choose<unsigned __int128>(place, write, vector);
    default:
      return nullptr;
  }
}

}  // namespace cudaemu
