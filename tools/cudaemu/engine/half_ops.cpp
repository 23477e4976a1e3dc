// SPDX-License-Identifier: Apache-2.0
// f16, bf16 and their pairs. Each operation is computed wide enough that one rounding to the narrow format is exact.
#include <cmath>

#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;
using u16 = std::uint16_t;
using u32 = std::uint32_t;

struct F16 {
  static constexpr NarrowFormat kFormat = kF16;
  static constexpr u16 kOne = 0x3c00;
  static float widen(u16 h) { return f16_to_float(h); }
  static u16 narrow(float x) { return float_to_f16(x); }
};
struct Bf16 {
  static constexpr NarrowFormat kFormat = kBf16;
  static constexpr u16 kOne = 0x3f80;
  static float widen(u16 h) { return bf16_to_float(h); }
  static u16 narrow(float x) { return float_to_bf16(x); }
};

// Sums and products in float are rounded twice, which for formats of at most 11 bits equals once.
template <class H>
u16 add(u16 a, u16 b) {
  return H::narrow(H::widen(a) + H::widen(b));
}
template <class H>
u16 sub(u16 a, u16 b) {
  return H::narrow(H::widen(a) - H::widen(b));
}
template <class H>
u16 mul(u16 a, u16 b) {
  return H::narrow(H::widen(a) * H::widen(b));
}
template <class H>
u16 fused(u16 a, u16 b, u16 c) {
  const double product = static_cast<double>(H::widen(a)) * H::widen(b);
  return static_cast<u16>(round_to(add_to_odd(product, H::widen(c)), H::kFormat, Rounding::nearest_even));
}
template <class H>
u16 saturate(u16 a) {
  const float x = H::widen(a);
  return x >= 1 ? H::kOne : x > 0 ? a : u16{0};
}
template <class H>
u16 relu(u16 a) {
  return H::widen(a) > 0 || H::widen(a) != H::widen(a) ? a : u16{0};
}
template <class H>
u16 flush16(u16 a) {
  const u16 exponent = static_cast<u16>(((1u << H::kFormat.exponent_bits) - 1) << H::kFormat.mantissa_bits);
  return a & exponent ? a : static_cast<u16>(a & 0x8000u);
}
template <class H>
u16 fused_relu(u16 a, u16 b, u16 c) {
  return relu<H>(fused<H>(a, b, c));
}
template <class H>
u16 fused_saturated(u16 a, u16 b, u16 c) {
  return saturate<H>(fused<H>(a, b, c));
}
template <class H>
u16 add_saturated(u16 a, u16 b) {
  return saturate<H>(add<H>(a, b));
}
template <class H>
u16 sub_saturated(u16 a, u16 b) {
  return saturate<H>(sub<H>(a, b));
}
template <class H>
u16 mul_saturated(u16 a, u16 b) {
  return saturate<H>(mul<H>(a, b));
}
template <class H>
bool is_nan(u16 a) {
  return H::widen(a) != H::widen(a);
}
template <class H>
u16 canonical16(u16 a) {
  return is_nan<H>(a) ? u16{0x7fff} : a;
}
template <class H>
u16 minimum(u16 a, u16 b) {
  return is_nan<H>(a) ? canonical16<H>(b) : is_nan<H>(b) ? a : H::narrow(minimum_number(H::widen(a), H::widen(b)));
}
template <class H>
u16 maximum(u16 a, u16 b) {
  return is_nan<H>(a) ? canonical16<H>(b) : is_nan<H>(b) ? a : H::narrow(maximum_number(H::widen(a), H::widen(b)));
}
template <class H>
u16 minimum_nan(u16 a, u16 b) {
  return is_nan<H>(a) || is_nan<H>(b) ? u16{0x7fff} : minimum<H>(a, b);
}
template <class H>
u16 maximum_nan(u16 a, u16 b) {
  return is_nan<H>(a) || is_nan<H>(b) ? u16{0x7fff} : maximum<H>(a, b);
}
template <class H>
u16 exp2_approx(u16 a) {
  return H::narrow(std::exp2(H::widen(a)));
}
template <class H>
u16 tanh_approx(u16 a) {
  return H::narrow(std::tanh(H::widen(a)));
}

template <auto F>
u32 pair1(u32 a) {
  return u32{F(static_cast<u16>(a))} | u32{F(static_cast<u16>(a >> 16))} << 16;
}
template <auto F>
u32 pair2(u32 a, u32 b) {
  return u32{F(static_cast<u16>(a), static_cast<u16>(b))} | u32{F(static_cast<u16>(a >> 16), static_cast<u16>(b >> 16))}
                                                                << 16;
}
template <auto F>
u32 pair3(u32 a, u32 b, u32 c) {
  return u32{F(static_cast<u16>(a), static_cast<u16>(b), static_cast<u16>(c))} |
         u32{F(static_cast<u16>(a >> 16), static_cast<u16>(b >> 16), static_cast<u16>(c >> 16))} << 16;
}
template <class H, auto F>
u16 flushed2(u16 a, u16 b) {
  return flush16<H>(F(flush16<H>(a), flush16<H>(b)));
}
template <class H, auto F>
u16 flushed3(u16 a, u16 b, u16 c) {
  return flush16<H>(F(flush16<H>(a), flush16<H>(b), flush16<H>(c)));
}

constexpr Width kHalf = Width::bytes2, kPair = Width::bytes4;

template <auto F>
Form form1(bool pair) {
  if (pair) return {.run = unary_slow<u32, u32, pair1<F>>, .d = kPair, .sources = {kPair}};
  return {.run = unary_slow<u16, u16, F>, .d = kHalf, .sources = {kHalf}};
}
template <class H, auto F>
Form form2(const ptx::Instruction& in, bool pair) {
  if (in.has(Modifier::ftz)) {
    if (pair) return {.run = binary<u32, u32, u32, pair2<flushed2<H, F>>>, .d = kPair, .sources = {kPair, kPair}};
    return {.run = binary<u16, u16, u16, flushed2<H, F>>, .d = kHalf, .sources = {kHalf, kHalf}};
  }
  if (pair) return {.run = binary<u32, u32, u32, pair2<F>>, .d = kPair, .sources = {kPair, kPair}};
  return {.run = binary<u16, u16, u16, F>, .d = kHalf, .sources = {kHalf, kHalf}};
}
template <class H, auto F>
Form form3(const ptx::Instruction& in, bool pair) {
  if (in.has(Modifier::ftz)) {
    if (pair)
      return {
          .run = ternary_slow<u32, u32, u32, u32, pair3<flushed3<H, F>>>, .d = kPair, .sources = {kPair, kPair, kPair}};
    return {.run = ternary_slow<u16, u16, u16, u16, flushed3<H, F>>, .d = kHalf, .sources = {kHalf, kHalf, kHalf}};
  }
  if (pair) return {.run = ternary_slow<u32, u32, u32, u32, pair3<F>>, .d = kPair, .sources = {kPair, kPair, kPair}};
  return {.run = ternary_slow<u16, u16, u16, u16, F>, .d = kHalf, .sources = {kHalf, kHalf, kHalf}};
}

template <class H>
Form typed_form(const ptx::Instruction& in, bool pair) {
  const bool sat = in.has(Modifier::sat), nan = in.has(Modifier::nan_result);
  if (in.has(Modifier::xorsign_abs)) return {};
  switch (in.opcode) {
    case Opcode::add:
      return sat ? form2<H, add_saturated<H>>(in, pair) : form2<H, add<H>>(in, pair);
    case Opcode::sub:
      return sat ? form2<H, sub_saturated<H>>(in, pair) : form2<H, sub<H>>(in, pair);
    case Opcode::mul:
      return sat ? form2<H, mul_saturated<H>>(in, pair) : form2<H, mul<H>>(in, pair);
    case Opcode::fma:
      if (in.has(Modifier::relu)) return form3<H, fused_relu<H>>(in, pair);
      return sat ? form3<H, fused_saturated<H>>(in, pair) : form3<H, fused<H>>(in, pair);
    case Opcode::min:
      return nan ? form2<H, minimum_nan<H>>(in, pair) : form2<H, minimum<H>>(in, pair);
    case Opcode::max:
      return nan ? form2<H, maximum_nan<H>>(in, pair) : form2<H, maximum<H>>(in, pair);
    case Opcode::ex2:
      return form1<exp2_approx<H>>(pair);
    case Opcode::tanh:
      return form1<tanh_approx<H>>(pair);
    default:
      return {};
  }
}

}  // namespace

Form half_form(const ptx::Instruction& in) {
  Form form;
  switch (in.type()) {
    case Type::f16:
      form = typed_form<F16>(in, false);
      break;
    case Type::f16x2:
      form = typed_form<F16>(in, true);
      break;
    case Type::bf16:
      form = typed_form<Bf16>(in, false);
      break;
    case Type::bf16x2:
      form = typed_form<Bf16>(in, true);
      break;
    default:
      return {};
  }
  form.immediate_type = in.type();
  return form;
}

}  // namespace cudaemu
