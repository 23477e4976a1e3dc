// SPDX-License-Identifier: Apache-2.0
// cvt: between integers, floats and narrow floats, with every rounding and saturation.
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

template <class T>
using Storage = std::conditional_t<sizeof(T) == 1, std::uint16_t, T>;  // 8-bit values live in 16-bit arrays

// --- integer to integer ---
template <class D, class S>
Storage<D> integer_plain(Storage<S> a) {
  const D d = static_cast<D>(static_cast<S>(a));
  if constexpr (sizeof(D) == 1)
    return static_cast<std::uint16_t>(std::conditional_t<std::is_signed_v<D>, std::int16_t, std::uint16_t>(d));
  else
    return d;
}
template <class D, class S>
Storage<D> integer_saturated(Storage<S> a) {
  const __int128 v = static_cast<S>(a);
  const __int128 low = std::numeric_limits<D>::min(), high = std::numeric_limits<D>::max();
  const D d = static_cast<D>(v < low ? low : v > high ? high : v);
  if constexpr (sizeof(D) == 1)
    return static_cast<std::uint16_t>(std::conditional_t<std::is_signed_v<D>, std::int16_t, std::uint16_t>(d));
  else
    return d;
}

// --- floats as double, exactly ---
struct F16 {
  using Stored = std::uint16_t;
  static double widen(Stored v) { return f16_to_float(v); }
};
struct Bf16 {
  using Stored = std::uint16_t;
  static double widen(Stored v) { return bf16_to_float(v); }
};
struct F32 {
  using Stored = float;
  static double widen(Stored v) { return v; }
};
struct F32Flushed {
  using Stored = float;
  static double widen(Stored v) { return flush(v); }
};
struct F64 {
  using Stored = double;
  static double widen(Stored v) { return v; }
};

double round_to_integer(double x, Rounding r) {
  switch (r) {
    case Rounding::zero:
      return std::trunc(x);
    case Rounding::minus:
      return std::floor(x);
    case Rounding::plus:
      return std::ceil(x);
    case Rounding::nearest_away:
      return std::round(x);
    default:
      return std::nearbyint(x);
  }
}

// Values out of range become the nearest limit. NaN becomes 0, but the highest bit alone when either side has 64 bits.
template <class D, bool kFromF64>
D to_integer(double x, Rounding rounding) {
  if (x != x) return kFromF64 || sizeof(D) == 8 ? static_cast<D>(std::uint64_t{1} << (8 * sizeof(D) - 1)) : D{0};
  x = round_to_integer(x, rounding);
  constexpr double kLow = static_cast<double>(std::numeric_limits<D>::min());
  constexpr double kHigh = static_cast<double>(std::numeric_limits<D>::max());  // may round up to 2^63 or 2^64
  if (x <= kLow) return std::numeric_limits<D>::min();
  if (x >= kHigh) return std::numeric_limits<D>::max();
  return static_cast<D>(x);
}

template <class D, class S>
void float_to_integer(Warp& w, const Instruction& in, LaneMask mask) {
  const auto* a = w.reg<typename S::Stored>(in.a);
  auto* d = w.reg<Storage<D>>(in.d);
  const auto rounding = static_cast<Rounding>(in.small);
  for_each_lane(mask, [&](int i) {
    const D v = to_integer<D, std::is_same_v<S, F64>>(S::widen(a[i]), rounding);
    d[i] = static_cast<Storage<D>>(v);
  });
}

int host_mode(Rounding r) {
  return r == Rounding::zero    ? FE_TOWARDZERO
         : r == Rounding::minus ? FE_DOWNWARD
         : r == Rounding::plus  ? FE_UPWARD
                                : FE_TONEAREST;
}

// A value rounded to float or double by the host in the given mode.
template <class D, class S>
D round_in_host(S value, Rounding rounding) {
  if (rounding == Rounding::nearest_even) return static_cast<D>(value);
  const int before = std::fegetround();
  std::fesetround(host_mode(rounding));
  volatile S v = value;
  volatile D r = static_cast<D>(v);
  std::fesetround(before);
  return r;
}

constexpr std::int64_t kSaturate = 1, kFlush = 2, kFinite = 4, kRelu = 8, kToInteger = 16;

template <class D, class S>
void integer_to_float(Warp& w, const Instruction& in, LaneMask mask) {  // D: float, double
  const auto* a = w.reg<Storage<S>>(in.a);
  D* d = w.reg<D>(in.d);
  const auto rounding = static_cast<Rounding>(in.small);
  if (rounding == Rounding::nearest_even && !(in.immediate & kSaturate)) {
    alignas(64) D r[kLanes];
    for (int i = 0; i < kLanes; ++i) r[i] = static_cast<D>(static_cast<S>(a[i]));
    return store_lanes(d, r, mask);
  }
  for_each_lane(mask, [&](int i) {
    const D r = round_in_host<D>(static_cast<S>(a[i]), rounding);
    d[i] = in.immediate & kSaturate ? clamp01(r) : r;
  });
}

template <class S>
void integer_to_half(Warp& w, const Instruction& in, LaneMask mask) {
  const auto* a = w.reg<Storage<S>>(in.a);
  auto* d = w.reg<std::uint16_t>(in.d);
  const NarrowFormat format = in.immediate & 0x100 ? kBf16 : kF16;
  // Beyond 2^53 the low bits only matter as "not exact": to odd.
  for_each_lane(mask, [&](int i) {
    const S v = static_cast<S>(a[i]);
    double x = static_cast<double>(v >> 16 << 16);
    if constexpr (sizeof(S) == 8)
      x = add_to_odd(x, static_cast<double>(v - (v >> 16 << 16)));
    else
      x = static_cast<double>(v);
    d[i] = static_cast<std::uint16_t>(round_to(x, format, static_cast<Rounding>(in.small), in.immediate & kFinite));
  });
}

double adjust(double x, const Instruction& in) {
  if (in.immediate & kToInteger) x = round_to_integer(x, static_cast<Rounding>(in.small));
  if (in.immediate & kRelu) x = x > 0 || x != x ? x : 0.0;
  if (in.immediate & kSaturate) x = clamp01(x);
  return x;
}

template <class D, class S>
void float_to_float(Warp& w, const Instruction& in, LaneMask mask) {  // D: float, double
  const auto* a = w.reg<typename S::Stored>(in.a);
  D* d = w.reg<D>(in.d);
  for_each_lane(mask, [&](int i) {
    const double x = adjust(S::widen(a[i]), in);
    const auto rounding = in.immediate & kToInteger ? Rounding::nearest_even : static_cast<Rounding>(in.small);
    D r = round_in_host<D>(x, rounding);
    if (r != r && sizeof(D) == 4) r = std::bit_cast<float>(kNan32);
    if constexpr (sizeof(D) == 4)
      if (in.immediate & kFlush) r = flush(r);
    d[i] = r;
  });
}

// Widening that needs no choices.
float widen_f16(std::uint16_t v) { return f16_to_float(v); }
float widen_bf16(std::uint16_t v) { return bf16_to_float(v); }
double widen_f32(float v) { return v; }
std::uint16_t narrow_f16(float v) { return float_to_f16(v); }
std::uint16_t narrow_bf16(float v) { return float_to_bf16(v); }

template <class S>
void float_to_narrow(Warp& w, const Instruction& in, LaneMask mask) {  // f16, bf16
  const auto* a = w.reg<typename S::Stored>(in.a);
  auto* d = w.reg<std::uint16_t>(in.d);
  const NarrowFormat format = in.immediate & 0x100 ? kBf16 : kF16;
  for_each_lane(mask, [&](int i) {
    const double x = adjust(S::widen(a[i]), in);
    const auto rounding = in.immediate & kToInteger ? Rounding::nearest_even : static_cast<Rounding>(in.small);
    d[i] = static_cast<std::uint16_t>(round_to(x, format, rounding, in.immediate & kFinite));
  });
}

// d = {round(a), round(b)}, a in the upper half.
void floats_to_pair(Warp& w, const Instruction& in, LaneMask mask) {
  const float* a = w.reg<float>(in.a);
  const float* b = w.reg<float>(in.b);
  auto* d = w.reg<std::uint32_t>(in.d);
  const NarrowFormat format = in.immediate & 0x100 ? kBf16 : kF16;
  const auto rounding = static_cast<Rounding>(in.small);
  const bool plain = rounding == Rounding::nearest_even && (in.immediate & ~0x100) == 0;
  for_each_lane(mask, [&](int i) {
    if (plain) {
      const auto half = [&](float x) { return in.immediate ? float_to_bf16(x) : float_to_f16(x); };
      d[i] = std::uint32_t{half(a[i])} << 16 | half(b[i]);
      return;
    }
    const bool finite = in.immediate & kFinite;
    d[i] = round_to(adjust(a[i], in), format, rounding, finite) << 16 |
           round_to(adjust(b[i], in), format, rounding, finite);
  });
}

void float_to_tf32(Warp& w, const Instruction& in, LaneMask mask) {
  const float* a = w.reg<float>(in.a);
  auto* d = w.reg<std::uint32_t>(in.d);
  for_each_lane(mask, [&](int i) {
    d[i] = a[i] != a[i]
               ? kNan32
               : round_to(adjust(a[i], in), kTf32, static_cast<Rounding>(in.small), in.immediate & kFinite) << 13;
  });
}

// --- 8-bit floats ---
// e4m3 has no infinity: 0x7f is NaN, 0x7e = 448 the largest; conversions saturate.
std::uint32_t to_e4m3(double x) {
  if (x != x) return 0x7f;
  const std::uint32_t sign = std::signbit(x) ? 0x80 : 0;
  const double magnitude = std::fabs(x);
  if (magnitude >= 464) return sign | 0x7e;
  // One more exponent than the IEEE reading of 4 + 3 bits: round as 5 + 3 bits, then move the bias.
  const std::uint32_t wide = round_to(magnitude, {4, 3}, Rounding::nearest_even);
  if (magnitude < 256 - 8) return sign | wide;
  const double step = 32;
  const auto units = static_cast<std::uint32_t>(std::nearbyint(magnitude / step));
  return sign | std::min<std::uint32_t>(0x78 + (units - 8), 0x7e);
}
double from_e4m3(std::uint32_t v) {
  const std::uint32_t exponent = v >> 3 & 15, mantissa = v & 7;
  double x = exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, static_cast<int>(exponent) - 10);
  if (exponent == 15 && mantissa == 7) x = std::numeric_limits<double>::quiet_NaN();
  return v & 0x80 ? -x : x;
}
std::uint32_t to_e5m2(double x) { return x != x ? 0x7f : round_to(x, kE5m2, Rounding::nearest_even, true); }
double from_e5m2(std::uint32_t v) { return f16_to_float(static_cast<std::uint16_t>(v << 8)); }

template <auto F>
void floats_to_bytes(Warp& w, const Instruction& in, LaneMask mask) {
  const float* a = w.reg<float>(in.a);
  const float* b = w.reg<float>(in.b);
  auto* d = w.reg<std::uint16_t>(in.d);
  for_each_lane(mask,
                [&](int i) { d[i] = static_cast<std::uint16_t>(F(adjust(a[i], in)) << 8 | F(adjust(b[i], in))); });
}
template <auto F>
void halves_to_bytes(Warp& w, const Instruction& in, LaneMask mask) {
  const auto* a = w.reg<std::uint32_t>(in.a);
  auto* d = w.reg<std::uint16_t>(in.d);
  for_each_lane(mask, [&](int i) {
    const double high = f16_to_float(static_cast<std::uint16_t>(a[i] >> 16)),
                 low = f16_to_float(static_cast<std::uint16_t>(a[i]));
    d[i] = static_cast<std::uint16_t>(F(adjust(high, in)) << 8 | F(adjust(low, in)));
  });
}
template <auto F>
void bytes_to_halves(Warp& w, const Instruction& in, LaneMask mask) {
  const auto* a = w.reg<std::uint16_t>(in.a);
  auto* d = w.reg<std::uint32_t>(in.d);
  for_each_lane(mask, [&](int i) {
    const auto half = [&](std::uint32_t byte) { return round_to(adjust(F(byte), in), kF16, Rounding::nearest_even); };
    d[i] = half(a[i] >> 8 & 255u) << 16 | half(a[i] & 255u);
  });
}

// cvt.pack: d = c << 2 n | sat(a) << n | sat(b) in parts of n bits; a 16-bit form has no c.
template <class D>
void saturate_and_pack(Warp& w, const Instruction& in, LaneMask mask) {
  const auto* a = w.reg<std::int32_t>(in.a);
  const auto* b = w.reg<std::int32_t>(in.b);
  const auto* c = in.c == kNoSlot ? nullptr : w.reg<std::uint32_t>(in.c);
  constexpr int kBits = 8 * sizeof(D);
  const auto part = [](std::int32_t v) {
    using L = std::numeric_limits<D>;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(v, L::min(), L::max())) & ((1u << kBits) - 1);
  };
  for_each_lane(mask, [&](int i) {
    const std::uint32_t pair = part(a[i]) << kBits | part(b[i]);
    const std::uint64_t above = c ? std::uint64_t{c[i]} << (2 * kBits) : 0;
    w.reg<std::uint32_t>(in.d)[i] = static_cast<std::uint32_t>(above) | pair;
  });
}

Form pack_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes4;
  Form form{.d = w, .sources = {w, w, in.operands.size() > 3 ? w : Width::none}};
  switch (in.types[0]) {
    case Type::s8:
      form.run = saturate_and_pack<std::int8_t>;
      break;
    case Type::u8:
      form.run = saturate_and_pack<std::uint8_t>;
      break;
    case Type::s16:
      form.run = saturate_and_pack<std::int16_t>;
      break;
    case Type::u16:
      form.run = saturate_and_pack<std::uint16_t>;
      break;
    default:
      break;
  }
  return form;
}

// --- choice ---
Rounding rounding_of(const ptx::Instruction& in) {
  if (in.has(Modifier::rz) || in.has(Modifier::rzi)) return Rounding::zero;
  if (in.has(Modifier::rm) || in.has(Modifier::rmi)) return Rounding::minus;
  if (in.has(Modifier::rp) || in.has(Modifier::rpi)) return Rounding::plus;
  if (in.has(Modifier::rna)) return Rounding::nearest_away;
  return Rounding::nearest_even;
}

template <class F>
Form with_integer(Type type, F f) {
  switch (type) {
    case Type::u8:
    case Type::b8:
      return f(std::uint8_t{});
    case Type::s8:
      return f(std::int8_t{});
    case Type::u16:
    case Type::b16:
      return f(std::uint16_t{});
    case Type::s16:
      return f(std::int16_t{});
    case Type::u32:
    case Type::b32:
      return f(std::uint32_t{});
    case Type::s32:
      return f(std::int32_t{});
    case Type::u64:
    case Type::b64:
      return f(std::uint64_t{});
    case Type::s64:
      return f(std::int64_t{});
    default:
      return {};
  }
}
template <class F>
Form with_float(Type type, bool flushes, F f) {
  switch (type) {
    case Type::f16:
      return f(F16{});
    case Type::bf16:
      return f(Bf16{});
    case Type::f32:
      return flushes ? f(F32Flushed{}) : f(F32{});
    case Type::f64:
      return f(F64{});
    default:
      return {};
  }
}

Form integer_source(Type to, Type from, const Form& base) {
  return with_integer(from, [&]<class S>(S) -> Form {
    Form form = base;
    if (to == Type::f32)
      form.run = integer_to_float<float, S>;
    else if (to == Type::f64)
      form.run = integer_to_float<double, S>;
    else if (to == Type::f16 || to == Type::bf16) {
      form.run = integer_to_half<S>;
      if (to == Type::bf16) form.immediate |= 0x100;
    } else {
      return with_integer(to, [&]<class D>(D) -> Form {
        Form inner = form;
        inner.run = form.immediate & kSaturate ? unary<Storage<D>, Storage<S>, integer_saturated<D, S>>
                                               : unary<Storage<D>, Storage<S>, integer_plain<D, S>>;
        return inner;
      });
    }
    return form;
  });
}

Form float_source(Type to, Type from, const Form& base) {
  return with_float(from, base.immediate & kFlush, [&]<class S>(S) -> Form {
    Form form = base;
    if (to == Type::f32)
      form.run = float_to_float<float, S>;
    else if (to == Type::f64)
      form.run = float_to_float<double, S>;
    else if (to == Type::f16 || to == Type::bf16) {
      form.run = float_to_narrow<S>;
      if (to == Type::bf16) form.immediate |= 0x100;
    } else {
      return with_integer(to, [&]<class D>(D) -> Form {
        Form inner = form;
        inner.run = float_to_integer<D, S>;
        return inner;
      });
    }
    return form;
  });
}

Form packed_form(const ptx::Instruction& in, Form form, Type to, Type from) {
  constexpr Width w2 = Width::bytes2, w4 = Width::bytes4;
  if (to == Type::f16x2 || to == Type::bf16x2) {
    if (from == Type::f32) {
      form.run = floats_to_pair;
      form.d = w4;
      form.sources = {w4, w4};
      if (to == Type::bf16x2) form.immediate |= 0x100;
    } else if (to == Type::f16x2 && (from == Type::e4m3x2 || from == Type::e5m2x2)) {
      form.run = from == Type::e4m3x2 ? bytes_to_halves<from_e4m3> : bytes_to_halves<from_e5m2>;
      form.d = w4;
      form.sources = {w2};
    }
    return form;
  }
  if (to == Type::e4m3x2 || to == Type::e5m2x2) {
    form.d = w2;
    if (from == Type::f32) {
      form.run = to == Type::e4m3x2 ? floats_to_bytes<to_e4m3> : floats_to_bytes<to_e5m2>;
      form.sources = {w4, w4};
    } else if (from == Type::f16x2) {
      form.run = to == Type::e4m3x2 ? halves_to_bytes<to_e4m3> : halves_to_bytes<to_e5m2>;
      form.sources = {w4};
    }
    return form;
  }
  (void)in;
  form.run = float_to_tf32;
  form.d = w4;
  form.sources = {w4};
  return form;
}

}  // namespace

Form convert_form(const ptx::Instruction& in) {
  if (in.opcode != Opcode::cvt || in.type_count < 2) return {};
  if (in.has(Modifier::pack)) return pack_form(in);
  const Type to = in.types[0], from = in.types[1];
  Form form;
  form.small = static_cast<std::uint8_t>(rounding_of(in));
  const bool to_integer =
      in.has(Modifier::rni) || in.has(Modifier::rzi) || in.has(Modifier::rmi) || in.has(Modifier::rpi);
  form.immediate = (in.has(Modifier::sat) ? kSaturate : 0) | (in.has(Modifier::ftz) ? kFlush : 0) |
                   (in.has(Modifier::satfinite) ? kFinite : 0) | (in.has(Modifier::relu) ? kRelu : 0) |
                   (to_integer ? kToInteger : 0);
  form.immediate_type = from;
  if (to == Type::f16x2 || to == Type::bf16x2 || to == Type::e4m3x2 || to == Type::e5m2x2 || to == Type::tf32)
    return packed_form(in, form, to, from);
  form.d = width_of(to);
  form.sources = {width_of(from)};
  form.extend = to;
  const bool plain = form.immediate == 0 && form.small == static_cast<std::uint8_t>(Rounding::nearest_even);
  if (plain && to == Type::f32 && from == Type::f16) return form.run = unary<float, std::uint16_t, widen_f16>, form;
  if (plain && to == Type::f32 && from == Type::bf16) return form.run = unary<float, std::uint16_t, widen_bf16>, form;
  if (plain && to == Type::f64 && from == Type::f32) return form.run = unary<double, float, widen_f32>, form;
  if (plain && to == Type::f16 && from == Type::f32) return form.run = unary<std::uint16_t, float, narrow_f16>, form;
  if (plain && to == Type::bf16 && from == Type::f32) return form.run = unary<std::uint16_t, float, narrow_bf16>, form;
  return ptx::is_float(from) ? float_source(to, from, form) : integer_source(to, from, form);
}

}  // namespace cudaemu
