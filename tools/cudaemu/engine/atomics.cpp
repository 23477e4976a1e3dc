// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/atomics.h"

#include <algorithm>
#include <bit>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Type;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using u128 = unsigned __int128;

template <class U>
U add_bits(U a, U b) {
  return static_cast<U>(a + b);
}
template <class U>
U exchange(U, U b) {
  return b;
}
template <class U>
U and_bits(U a, U b) {
  return a & b;
}
template <class U>
U or_bits(U a, U b) {
  return a | b;
}
template <class U>
U xor_bits(U a, U b) {
  return a ^ b;
}
template <class U, class T>
U minimum(U a, U b) {
  return static_cast<T>(a) < static_cast<T>(b) ? a : b;
}
template <class U, class T>
U maximum(U a, U b) {
  return static_cast<T>(a) > static_cast<T>(b) ? a : b;
}
u32 increment(u32 a, u32 b) { return a >= b ? 0 : a + 1; }
u32 decrement(u32 a, u32 b) { return a == 0 || a > b ? b : a - 1; }
// In global memory denormals count and end as zeros, in shared memory not.
u32 add_f32_flushed(u32 a, u32 b) {
  return std::bit_cast<u32>(flush(flush(std::bit_cast<float>(a)) + flush(std::bit_cast<float>(b))));
}
u32 add_f32(u32 a, u32 b) { return std::bit_cast<u32>(std::bit_cast<float>(a) + std::bit_cast<float>(b)); }
u64 add_f64(u64 a, u64 b) { return std::bit_cast<u64>(std::bit_cast<double>(a) + std::bit_cast<double>(b)); }
u16 add_f16(u16 a, u16 b) { return float_to_f16(f16_to_float(a) + f16_to_float(b)); }
u16 add_bf16(u16 a, u16 b) { return float_to_bf16(bf16_to_float(a) + bf16_to_float(b)); }
template <u16 (*F)(u16, u16)>
u32 add_pair(u32 a, u32 b) {
  return u32{F(static_cast<u16>(a), static_cast<u16>(b))} | u32{F(static_cast<u16>(a >> 16), static_cast<u16>(b >> 16))}
                                                                << 16;
}

// One read-modify-write; whole also against other host threads.
template <class U, class F>
U modify(Warp& w, std::byte* at, F next) {
  U* place = reinterpret_cast<U*>(at);
  if (!w.block().grid().parallel()) {
    const U old = *place;
    *place = next(old);
    return old;
  }
  if constexpr (sizeof(U) == 16) {
    const std::lock_guard lock(w.block().grid().mutex());
    const U old = *place;
    *place = next(old);
    return old;
  } else {
    U old = __atomic_load_n(place, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(place, &old, next(old), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
    return old;
  }
}

// Lanes one after another; in reverse order when the schedule says so.
template <class F>
void in_turn(LaneMask mask, F f) {
  if (options().order == Order::reverse)
    for (int i = kLanes; i-- > 0;) {
      if (mask >> i & 1) f(i);
    }
  else
    for_each_lane(mask, f);
}

template <class U, bool kShared, class F>
void atomic(Warp& w, const Instruction& in, LaneMask mask, F f) {
  using A = std::conditional_t<kShared, u32, u64>;
  const A* base = w.reg<A>(in.a);
  alignas(64) A address[kLanes];
  for (int i = 0; i < kLanes; ++i) address[i] = base[i] + static_cast<A>(in.immediate);
  const std::uint32_t access = kRead | kWrite | in.target;
  if (w.race) w.race->before_atomic(in, mask, access);
  bool changed = false;
  in_turn(mask, [&](int i) {
    std::byte* at;
    if constexpr (kShared) {
      at = resolve_shared_read<sizeof(U)>(w, in, i, address[i]);
    } else {
      at = resolve_read<sizeof(U)>(w, in, i, address[i]);
    }
    if (!at) return;
    changed |= f(at, i);
  });
  if (w.race) {
    if constexpr (kShared)
      w.race->shared_access(in, mask, sizeof(U), access, [&](int i) { return address[i]; });
    else
      w.race->global_access(in, mask, sizeof(U), access, address);
  }
  if (changed)
    w.stored();
  else
    w.spin();
}

template <class U, bool kShared, auto F>
void combine(Warp& w, const Instruction& in, LaneMask mask) {
  const U* b = w.reg<U>(in.b);
  U* d = in.d == kNoSlot ? nullptr : w.reg<U>(in.d);
  alignas(64) U value[kLanes];
  std::copy_n(b, kLanes, value);  // d may be b
  atomic<U, kShared>(w, in, mask, [&](std::byte* at, int i) {
    U next{};
    const U old = modify<U>(w, at, [&](U v) { return next = F(v, value[i]); });
    if (d) d[i] = old;
    return next != old;
  });
}

template <class U, bool kShared>
void compare_and_swap(Warp& w, const Instruction& in, LaneMask mask) {
  alignas(64) U compare[kLanes], value[kLanes];
  std::copy_n(w.reg<U>(in.b), kLanes, compare);
  std::copy_n(w.reg<U>(in.c), kLanes, value);
  U* d = in.d == kNoSlot ? nullptr : w.reg<U>(in.d);
  atomic<U, kShared>(w, in, mask, [&](std::byte* at, int i) {
    const U old = modify<U>(w, at, [&](U v) { return v == compare[i] ? value[i] : v; });
    if (d) d[i] = old;
    return old == compare[i];
  });
}

// atom.v2.f32 and the like: each element is atomic by itself. Elements: results in `more`, then values.
template <class U, auto F>
void combine_vector(Warp& w, const Instruction& in, LaneMask mask) {
  const int n = in.small;
  const Slot* slots = w.more(in);
  const u64* base = w.reg<u64>(in.a);
  alignas(64) u64 address[kLanes];
  for (int i = 0; i < kLanes; ++i) address[i] = base[i] + static_cast<u64>(in.immediate);
  in_turn(mask, [&](int i) {
    for (int v = 0; v < n; ++v) {
      std::byte* at = resolve_read<sizeof(U)>(w, in, i, address[i] + sizeof(U) * static_cast<u64>(v));
      if (!at) return;
      const U value = w.reg<U>(slots[n + v])[i];
      const U old = modify<U>(w, at, [&](U x) { return F(x, value); });
      if (slots[v] != kNoSlot) w.reg<U>(slots[v])[i] = old;
    }
  });
  w.stored();
  if (w.race)
    w.race->global_access(in, mask, static_cast<std::uint32_t>(sizeof(U)) * static_cast<std::uint32_t>(n),
                          kRead | kWrite | in.target, address);
}

template <class U, class S, bool kShared>
Handler integer_handler(const ptx::Instruction& in, bool is_signed) {
  if (in.has(Modifier::exch)) return combine<U, kShared, exchange<U>>;
  if (in.has(Modifier::cas)) return compare_and_swap<U, kShared>;
  if constexpr (sizeof(U) <= 2 || sizeof(U) == 16)
    return nullptr;
  else {
    if (in.has(Modifier::add)) return combine<U, kShared, add_bits<U>>;
    if (in.has(Modifier::and_)) return combine<U, kShared, and_bits<U>>;
    if (in.has(Modifier::or_)) return combine<U, kShared, or_bits<U>>;
    if (in.has(Modifier::xor_)) return combine<U, kShared, xor_bits<U>>;
    if (in.has(Modifier::min))
      return is_signed ? combine<U, kShared, minimum<U, S>> : combine<U, kShared, minimum<U, U>>;
    if (in.has(Modifier::max))
      return is_signed ? combine<U, kShared, maximum<U, S>> : combine<U, kShared, maximum<U, U>>;
    if constexpr (sizeof(U) == 4) {
      if (in.has(Modifier::inc)) return combine<U, kShared, increment>;
      if (in.has(Modifier::dec)) return combine<U, kShared, decrement>;
    }
    return nullptr;
  }
}

Handler vector_handler(const ptx::Instruction& in) {
  if (!in.has(Modifier::add)) return nullptr;
  switch (in.type()) {
    case Type::f32:
      return combine_vector<u32, add_f32_flushed>;
    case Type::f16:
      return combine_vector<u16, add_f16>;
    case Type::bf16:
      return combine_vector<u16, add_bf16>;
    case Type::f16x2:
      return combine_vector<u32, add_pair<add_f16>>;
    case Type::bf16x2:
      return combine_vector<u32, add_pair<add_bf16>>;
    default:
      return nullptr;
  }
}

template <bool kShared>
Handler choose(const ptx::Instruction& in) {
  const bool add = in.has(Modifier::add);
  switch (in.type()) {
    case Type::f32:
      return add                                   ? combine < u32, kShared,
             kShared ? add_f32 : add_f32_flushed > : integer_handler<u32, std::int32_t, kShared>(in, false);
    case Type::f64:
      return add ? combine<u64, kShared, add_f64> : integer_handler<u64, std::int64_t, kShared>(in, false);
    case Type::f16:
      return add ? combine<u16, kShared, add_f16> : nullptr;
    case Type::bf16:
      return add ? combine<u16, kShared, add_bf16> : nullptr;
    case Type::f16x2:
      return add ? combine<u32, kShared, add_pair<add_f16>> : nullptr;
    case Type::bf16x2:
      return add ? combine<u32, kShared, add_pair<add_bf16>> : nullptr;
    default:
      break;
  }
  const bool is_signed = ptx::is_signed(in.type());
  switch (bytes_of(in.type())) {
    case 2:
      return integer_handler<u16, std::int16_t, kShared>(in, is_signed);
    case 4:
      return integer_handler<u32, std::int32_t, kShared>(in, is_signed);
    case 8:
      return integer_handler<u64, std::int64_t, kShared>(in, is_signed);
    case 16:
      return integer_handler<u128, __int128, kShared>(in, is_signed);
    default:
      return nullptr;
  }
}

}  // namespace

Handler atomic_handler(const ptx::Instruction& in, bool shared) {
  if (in.vector > 1) return shared ? nullptr : vector_handler(in);
  return shared ? choose<true>(in) : choose<false>(in);
}

}  // namespace cudaemu
