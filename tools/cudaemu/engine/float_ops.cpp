// SPDX-License-Identifier: Apache-2.0
// f32 and f64 arithmetic rounded to nearest, and the approximations (computed exactly here: a device's last bits
// differ).
#include <cmath>

#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

template <class T>
T add(T a, T b) {
  return a + b;
}
template <class T>
T sub(T a, T b) {
  return a - b;
}
template <class T>
T mul(T a, T b) {
  return a * b;
}
template <class T>
T divide(T a, T b) {
  return a / b;
}
template <class T>
T fused(T a, T b, T c) {
  return std::fma(a, b, c);
}
template <class T>
T root(T a) {
  return std::sqrt(a);
}
template <class T>
T reciprocal(T a) {
  return T(1) / a;
}
template <class T>
T reciprocal_root(T a) {
  return T(1) / std::sqrt(a);
}
template <class T>
T minimum(T a, T b) {
  return minimum_number(a, b);
}
template <class T>
T maximum(T a, T b) {
  return maximum_number(a, b);
}
template <class T>
T minimum_nan(T a, T b) {
  return a != a || b != b ? std::numeric_limits<T>::quiet_NaN() : minimum_number(a, b);
}
template <class T>
T maximum_nan(T a, T b) {
  return a != a || b != b ? std::numeric_limits<T>::quiet_NaN() : maximum_number(a, b);
}
float with_sign_product(float magnitude, float a, float b) {
  return std::copysign(magnitude, std::signbit(a) != std::signbit(b) ? -1.0f : 1.0f);
}
float minimum_xorsign(float a, float b) { return with_sign_product(minimum_number(std::fabs(a), std::fabs(b)), a, b); }
float maximum_xorsign(float a, float b) { return with_sign_product(maximum_number(std::fabs(a), std::fabs(b)), a, b); }
float exp2_approx(float a) { return std::exp2(a); }
float log2_approx(float a) { return std::log2(a); }
float sin_approx(float a) { return std::sin(a); }
float cos_approx(float a) { return std::cos(a); }
float tanh_approx(float a) { return std::tanh(a); }
// The upper halves only: the lower 32 bits of a and of the result are zero.
double upper_half(double a) { return std::bit_cast<double>(std::bit_cast<std::uint64_t>(a) & 0xffffffff00000000u); }
double reciprocal_upper(double a) { return upper_half(1.0 / upper_half(a)); }
double reciprocal_root_upper(double a) { return upper_half(1.0 / std::sqrt(upper_half(a))); }

// f32 with the modifiers .ftz and .sat around F.
template <auto F, bool kFlush, bool kSaturate>
float modified1(float a) {
  float r = kFlush ? flush(F(flush(a))) : F(a);
  return kSaturate ? clamp01(r) : r;
}
template <auto F, bool kFlush, bool kSaturate>
float modified2(float a, float b) {
  float r = kFlush ? flush(F(flush(a), flush(b))) : F(a, b);
  return kSaturate ? clamp01(r) : r;
}
template <auto F, bool kFlush, bool kSaturate>
float modified3(float a, float b, float c) {
  float r = kFlush ? flush(F(flush(a), flush(b), flush(c))) : F(a, b, c);
  return kSaturate ? clamp01(r) : r;
}

constexpr Width kW = Width::bytes4;

template <auto F>
Form f32_1(const ptx::Instruction& in, bool slow = false) {
  Form form{.d = kW, .sources = {kW}, .immediate_type = Type::f32};
  const bool sat = in.has(Modifier::sat);
  if (slow)
    form.run = in.has(Modifier::ftz) ? unary_slow<float, float, modified1<F, true, false>>
                                     : unary_slow<float, float, modified1<F, false, false>>;
  else if (in.has(Modifier::ftz))
    form.run = sat ? unary<float, float, modified1<F, true, true>> : unary<float, float, modified1<F, true, false>>;
  else
    form.run = sat ? unary<float, float, modified1<F, false, true>> : unary<float, float, modified1<F, false, false>>;
  return form;
}
template <auto F>
Form f32_2(const ptx::Instruction& in) {
  Form form{.d = kW, .sources = {kW, kW}, .immediate_type = Type::f32};
  const bool sat = in.has(Modifier::sat);
  if (in.has(Modifier::ftz))
    form.run = sat ? binary<float, float, float, modified2<F, true, true>>
                   : binary<float, float, float, modified2<F, true, false>>;
  else
    form.run = sat ? binary<float, float, float, modified2<F, false, true>>
                   : binary<float, float, float, modified2<F, false, false>>;
  return form;
}
template <auto F>
Form f32_3(const ptx::Instruction& in) {
  Form form{.d = kW, .sources = {kW, kW, kW}, .immediate_type = Type::f32};
  const bool sat = in.has(Modifier::sat);
  using f = float;
  if (in.has(Modifier::ftz))
    form.run = sat ? ternary<f, f, f, f, modified3<F, true, true>> : ternary<f, f, f, f, modified3<F, true, false>>;
  else
    form.run = sat ? ternary<f, f, f, f, modified3<F, false, true>> : ternary<f, f, f, f, modified3<F, false, false>>;
  return form;
}

// min/max of three operands: min(min(a, b), c).
template <auto F>
float three(float a, float b, float c) {
  return F(F(a, b), c);
}

// Two f32 in one 64-bit register.
std::uint64_t pack(float low, float high) {
  return std::bit_cast<std::uint32_t>(low) | std::uint64_t{std::bit_cast<std::uint32_t>(high)} << 32;
}
float low_of(std::uint64_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v)); }
float high_of(std::uint64_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v >> 32)); }
template <auto F>
std::uint64_t pair2(std::uint64_t a, std::uint64_t b) {
  return pack(F(low_of(a), low_of(b)), F(high_of(a), high_of(b)));
}
std::uint64_t pair_fused(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return pack(std::fma(low_of(a), low_of(b), low_of(c)), std::fma(high_of(a), high_of(b), high_of(c)));
}

Form f32_form(const ptx::Instruction& in) {
  const bool nan = in.has(Modifier::nan_result);
  const bool xorsign = in.has(Modifier::xorsign_abs);
  switch (in.opcode) {
    case Opcode::add:
      return f32_2<add<float>>(in);
    case Opcode::sub:
      return f32_2<sub<float>>(in);
    case Opcode::mul:
      return f32_2<mul<float>>(in);
    case Opcode::fma:
    case Opcode::mad:
      return f32_3<fused<float>>(in);
    case Opcode::div:
      return f32_2<divide<float>>(in);
    case Opcode::min:
      if (in.operands.size() == 4) return nan ? f32_3<three<minimum_nan<float>>>(in) : f32_3<three<minimum<float>>>(in);
      return xorsign ? f32_2<minimum_xorsign>(in) : nan ? f32_2<minimum_nan<float>>(in) : f32_2<minimum<float>>(in);
    case Opcode::max:
      if (in.operands.size() == 4) return nan ? f32_3<three<maximum_nan<float>>>(in) : f32_3<three<maximum<float>>>(in);
      return xorsign ? f32_2<maximum_xorsign>(in) : nan ? f32_2<maximum_nan<float>>(in) : f32_2<maximum<float>>(in);
    case Opcode::sqrt:
      return f32_1<root<float>>(in);
    case Opcode::rcp:
      return f32_1<reciprocal<float>>(in);
    case Opcode::rsqrt:
      return f32_1<reciprocal_root<float>>(in);
    case Opcode::ex2:
      return f32_1<exp2_approx>(in, true);
    case Opcode::lg2:
      return f32_1<log2_approx>(in, true);
    case Opcode::sin:
      return f32_1<sin_approx>(in, true);
    case Opcode::cos:
      return f32_1<cos_approx>(in, true);
    case Opcode::tanh:
      return f32_1<tanh_approx>(in, true);
    default:
      return {};
  }
}

Form f64_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes8;
  using d = double;
  const bool approx = in.has(Modifier::approx);
  Form one{.d = w, .sources = {w}, .immediate_type = Type::f64};
  Form two{.d = w, .sources = {w, w}, .immediate_type = Type::f64};
  Form three{.d = w, .sources = {w, w, w}, .immediate_type = Type::f64};
  switch (in.opcode) {
    case Opcode::add:
      two.run = binary<d, d, d, add<d>>;
      return two;
    case Opcode::sub:
      two.run = binary<d, d, d, sub<d>>;
      return two;
    case Opcode::mul:
      two.run = binary<d, d, d, mul<d>>;
      return two;
    case Opcode::div:
      two.run = binary<d, d, d, divide<d>>;
      return two;
    case Opcode::min:
      two.run = binary<d, d, d, minimum<d>>;
      return two;
    case Opcode::max:
      two.run = binary<d, d, d, maximum<d>>;
      return two;
    case Opcode::fma:
    case Opcode::mad:
      three.run = ternary<d, d, d, d, fused<d>>;
      return three;
    case Opcode::sqrt:
      one.run = unary<d, d, root<d>>;
      return one;
    case Opcode::rcp:
      one.run = approx ? unary<d, d, reciprocal_upper> : unary<d, d, reciprocal<d>>;
      return one;
    case Opcode::rsqrt:
      one.run = approx && in.has(Modifier::ftz) ? unary<d, d, reciprocal_root_upper> : unary<d, d, reciprocal_root<d>>;
      return one;
    default:
      return {};
  }
}

Form f32x2_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes8;
  using u = std::uint64_t;
  if (in.has(Modifier::ftz)) return {};
  switch (in.opcode) {
    case Opcode::add:
      return {.run = binary<u, u, u, pair2<add<float>>>, .d = w, .sources = {w, w}};
    case Opcode::mul:
      return {.run = binary<u, u, u, pair2<mul<float>>>, .d = w, .sources = {w, w}};
    case Opcode::fma:
      return {.run = ternary<u, u, u, u, pair_fused>, .d = w, .sources = {w, w, w}};
    default:
      return {};
  }
}

// Sign bits only: NaN payloads stay.
template <class U, U kSign>
U clear_sign(U a) {
  return a & static_cast<U>(~kSign);
}
template <class U, U kSign>
U flip_sign(U a) {
  return a ^ kSign;
}
template <class U, U kSign>
U copy_sign(U a, U b) {
  return (b & static_cast<U>(~kSign)) | (a & kSign);
}
float negate_value(float a) { return -a; }
float absolute_value(float a) { return std::fabs(a); }

template <class U, U kSign>
Form sign_form(const ptx::Instruction& in) {
  constexpr Width w = width_of(sizeof(U));
  switch (in.opcode) {
    case Opcode::abs:
      return {.run = unary<U, U, clear_sign<U, kSign>>, .d = w, .sources = {w}};
    case Opcode::neg:
      return {.run = unary<U, U, flip_sign<U, kSign>>, .d = w, .sources = {w}};
    case Opcode::copysign:
      return {.run = binary<U, U, U, copy_sign<U, kSign>>, .d = w, .sources = {w, w}};
    default:
      return {};
  }
}

}  // namespace

Form float_form(const ptx::Instruction& in) {
  const Type type = in.type();
  const bool of_sign = in.opcode == Opcode::abs || in.opcode == Opcode::neg || in.opcode == Opcode::copysign;
  if (of_sign) {
    Form form;
    if (type == Type::f32) {
      if (in.has(Modifier::ftz) && in.opcode == Opcode::neg) return f32_1<negate_value>(in);
      if (in.has(Modifier::ftz) && in.opcode == Opcode::abs) return f32_1<absolute_value>(in);
      form = sign_form<std::uint32_t, 0x80000000u>(in);
    } else if (type == Type::f64) {
      form = sign_form<std::uint64_t, 0x8000000000000000u>(in);
    } else if (type == Type::f16 || type == Type::bf16) {
      form = sign_form<std::uint16_t, 0x8000u>(in);
    } else if (type == Type::f16x2 || type == Type::bf16x2) {
      form = sign_form<std::uint32_t, 0x80008000u>(in);
    }
    form.immediate_type = type;
    return form;
  }
  const bool directed = in.has(Modifier::rz) || in.has(Modifier::rm) || in.has(Modifier::rp);
  if (directed) return {};
  if (type == Type::f32) return f32_form(in);
  if (type == Type::f64) return f64_form(in);
  if (type == Type::f32x2) return f32x2_form(in);
  return {};
}

}  // namespace cudaemu
