// SPDX-License-Identifier: Apache-2.0
// Loops over the lanes of a warp, in the form that the compiler makes vector instructions of: results for all 32 lanes,
// then a masked store. Operations that cost much or may not run on idle lanes go lane by lane instead.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "tools/cudaemu/engine/warp.h"

namespace cudaemu {

template <class D>
inline void store_lanes(D* __restrict d, const D* __restrict result, LaneMask mask) {
  if (mask == kAllLanes) {
    std::memcpy(d, result, sizeof(D) * kLanes);
    return;
  }
  for (int i = 0; i < kLanes; ++i) d[i] = (mask >> i & 1) ? result[i] : d[i];
}

template <class F>
inline void for_each_lane(LaneMask mask, F f) {
  for (; mask; mask &= mask - 1) f(std::countr_zero(mask));
}

template <class D, class A, auto F>
void unary(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  alignas(64) D r[kLanes];
  for (int i = 0; i < kLanes; ++i) r[i] = F(a[i]);
  store_lanes(w.reg<D>(in.d), r, mask);
}

template <class D, class A, class B, auto F>
void binary(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  const B* b = w.reg<B>(in.b);
  alignas(64) D r[kLanes];
  for (int i = 0; i < kLanes; ++i) r[i] = F(a[i], b[i]);
  store_lanes(w.reg<D>(in.d), r, mask);
}

template <class D, class A, class B, class C, auto F>
void ternary(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  const B* b = w.reg<B>(in.b);
  const C* c = w.reg<C>(in.c);
  alignas(64) D r[kLanes];
  for (int i = 0; i < kLanes; ++i) r[i] = F(a[i], b[i], c[i]);
  store_lanes(w.reg<D>(in.d), r, mask);
}

// The same, active lanes only.
template <class D, class A, auto F>
void unary_slow(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  D* d = w.reg<D>(in.d);
  for_each_lane(mask, [&](int i) { d[i] = F(a[i]); });
}

template <class D, class A, class B, auto F>
void binary_slow(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  const B* b = w.reg<B>(in.b);
  D* d = w.reg<D>(in.d);
  for_each_lane(mask, [&](int i) { d[i] = F(a[i], b[i]); });
}

template <class D, class A, class B, class C, auto F>
void ternary_slow(Warp& w, const Instruction& in, LaneMask mask) {
  const A* a = w.reg<A>(in.a);
  const B* b = w.reg<B>(in.b);
  const C* c = w.reg<C>(in.c);
  D* d = w.reg<D>(in.d);
  for_each_lane(mask, [&](int i) { d[i] = F(a[i], b[i], c[i]); });
}

}  // namespace cudaemu
