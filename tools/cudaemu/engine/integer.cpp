// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic: add, sub, mul, mad, div, rem, min, max, abs, neg, sad, carries.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

template <class T>
using Unsigned = std::make_unsigned_t<T>;
template <class T>
struct Wider;
template <>
struct Wider<std::uint16_t> {
  using type = std::uint32_t;
};
template <>
struct Wider<std::int16_t> {
  using type = std::int32_t;
};
template <>
struct Wider<std::uint32_t> {
  using type = std::uint64_t;
};
template <>
struct Wider<std::int32_t> {
  using type = std::int64_t;
};
template <>
struct Wider<std::uint64_t> {
  using type = unsigned __int128;
};
template <>
struct Wider<std::int64_t> {
  using type = __int128;
};
template <class T>
using WiderOf = typename Wider<T>::type;

template <class T>
T add(T a, T b) {
  return static_cast<T>(static_cast<Unsigned<T>>(a) + static_cast<Unsigned<T>>(b));
}
template <class T>
T sub(T a, T b) {
  return static_cast<T>(static_cast<Unsigned<T>>(a) - static_cast<Unsigned<T>>(b));
}
template <class T>
T mul_low(T a, T b) {
  using U = std::conditional_t<sizeof(T) == 2, std::uint32_t, Unsigned<T>>;
  return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
}
template <class T>
T mul_high(T a, T b) {
  return static_cast<T>((static_cast<WiderOf<T>>(a) * static_cast<WiderOf<T>>(b)) >> (8 * sizeof(T)));
}
template <class T>
WiderOf<T> mul_wide(T a, T b) {
  return static_cast<WiderOf<T>>(a) * static_cast<WiderOf<T>>(b);
}
// Division by zero gives all ones, as the devices do; the most negative number by -1 gives itself.
template <class T>
T divide(T a, T b) {
  if (b == 0) return static_cast<T>(-1);
  if constexpr (std::is_signed_v<T>)
    if (b == -1) return sub<T>(0, a);
  return static_cast<T>(a / b);
}
template <class T>
T remainder(T a, T b) {
  if (b == 0) return a;
  if constexpr (std::is_signed_v<T>)
    if (b == -1) return 0;
  return static_cast<T>(a % b);
}
template <class T>
T minimum(T a, T b) {
  return a < b ? a : b;
}
template <class T>
T maximum(T a, T b) {
  return a > b ? a : b;
}
template <class T>
T minimum_relu(T a, T b) {
  return std::max<T>(0, minimum(a, b));
}
template <class T>
T maximum_relu(T a, T b) {
  return std::max<T>(0, maximum(a, b));
}
template <class T>
T negate(T a) {
  return sub<T>(0, a);
}
template <class T>
T absolute(T a) {
  return a < 0 ? negate(a) : a;
}
template <class T>
T sum_of_differences(T a, T b, T c) {
  return add<T>(c, static_cast<T>(a > b ? sub(a, b) : sub(b, a)));
}
template <class T>
T saturate(WiderOf<T> v) {
  return static_cast<T>(std::clamp<WiderOf<T>>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}
inline std::int32_t add_saturating(std::int32_t a, std::int32_t b) {
  return saturate<std::int32_t>(std::int64_t{a} + b);
}
inline std::int32_t sub_saturating(std::int32_t a, std::int32_t b) {
  return saturate<std::int32_t>(std::int64_t{a} - b);
}
inline std::int32_t mad_high_saturating(std::int32_t a, std::int32_t b, std::int32_t c) {
  return add_saturating(mul_high(a, b), c);
}
template <class T>
T mad_low(T a, T b, T c) {
  return add(mul_low(a, b), c);
}
template <class T>
T mad_high(T a, T b, T c) {
  return add(mul_high(a, b), c);
}
template <class T>
WiderOf<T> mad_wide(T a, T b, WiderOf<T> c) {
  return add<WiderOf<T>>(mul_wide(a, b), c);
}
// 24-bit operands, sign- or zero-extended.
template <class T>
T low24(T a) {
  return static_cast<T>(static_cast<T>(static_cast<std::uint32_t>(a) << 8) >> 8);
}
template <class T>
T mul24_low(T a, T b) {
  return mul_low(low24(a), low24(b));
}
template <class T>
T mul24_high(T a, T b) {
  return static_cast<T>(mul_wide(low24(a), low24(b)) >> 16);
}
template <class T>
T mad24_low(T a, T b, T c) {
  return add(mul24_low(a, b), c);
}
template <class T>
T mad24_high(T a, T b, T c) {
  return add(mul24_high(a, b), c);
}

// a + b + carry-in (b negated for subtraction: a + ~b + !borrow), lane by lane, with the carry flag of the warp.
// PTX's subc borrows: CC.CF is the borrow.
template <class U, bool kSubtract, bool kCarryIn, bool kCarryOut>
void carry_add(Warp& w, const Instruction& in, LaneMask mask) {
  const U* a = w.reg<U>(in.a);
  const U* b = w.reg<U>(in.b);
  U* d = w.reg<U>(in.d);
  LaneMask out = w.carry;
  for_each_lane(mask, [&](int i) {
    const unsigned carry = kCarryIn ? w.carry >> i & 1 : 0;
    using Wide = unsigned __int128;
    const Wide sum = kSubtract ? static_cast<Wide>(a[i]) - b[i] - carry : static_cast<Wide>(a[i]) + b[i] + carry;
    d[i] = static_cast<U>(sum);
    const bool flag = (sum >> (8 * sizeof(U))) != 0;
    out = (out & ~(LaneMask{1} << i)) | static_cast<LaneMask>(flag) << i;
  });
  if (kCarryOut) w.carry = out;
}

template <class T, bool kHigh, bool kCarryIn, bool kCarryOut>
void carry_mad(Warp& w, const Instruction& in, LaneMask mask) {
  using U = Unsigned<T>;
  const T* a = w.reg<T>(in.a);
  const T* b = w.reg<T>(in.b);
  const U* c = w.reg<U>(in.c);
  U* d = w.reg<U>(in.d);
  LaneMask out = w.carry;
  for_each_lane(mask, [&](int i) {
    const unsigned carry = kCarryIn ? w.carry >> i & 1 : 0;
    const U product = static_cast<U>(kHigh ? mul_high(a[i], b[i]) : mul_low(a[i], b[i]));
    const unsigned __int128 sum = static_cast<unsigned __int128>(product) + c[i] + carry;
    d[i] = static_cast<U>(sum);
    const bool flag = (sum >> (8 * sizeof(U))) != 0;
    out = (out & ~(LaneMask{1} << i)) | static_cast<LaneMask>(flag) << i;
  });
  if (kCarryOut) w.carry = out;
}

template <class T>
Form form2(Handler run) {
  const Width w = width_of(sizeof(T));
  return {.run = run, .d = w, .sources = {w, w}};
}
template <class T>
Form form3(Handler run) {
  const Width w = width_of(sizeof(T));
  return {.run = run, .d = w, .sources = {w, w, w}};
}

template <class U>
Form carry_form(const ptx::Instruction& in) {
  const bool out = in.has(Modifier::cc);
  switch (in.opcode) {
    case Opcode::add:
      return form2<U>(carry_add<U, false, false, true>);
    case Opcode::addc:
      return form2<U>(out ? carry_add<U, false, true, true> : carry_add<U, false, true, false>);
    case Opcode::sub:
      return form2<U>(carry_add<U, true, false, true>);
    case Opcode::subc:
      return form2<U>(out ? carry_add<U, true, true, true> : carry_add<U, true, true, false>);
    default:
      return {};
  }
}

template <class T>
Form carry_mad_form(const ptx::Instruction& in) {
  const bool out = in.has(Modifier::cc), high = in.has(Modifier::hi);
  if (in.opcode == Opcode::mad)
    return form3<T>(high ? carry_mad<T, true, false, true> : carry_mad<T, false, false, true>);
  return form3<T>(high ? (out ? carry_mad<T, true, true, true> : carry_mad<T, true, true, false>)
                       : (out ? carry_mad<T, false, true, true> : carry_mad<T, false, true, false>));
}

template <class T>
Form typed_form(const ptx::Instruction& in) {
  constexpr Width w = width_of(sizeof(T));
  using W = WiderOf<T>;
  constexpr Width wide = width_of(sizeof(W));
  constexpr bool is_32 = sizeof(T) == 4;
  switch (in.opcode) {
    case Opcode::add:
      if constexpr (std::is_same_v<T, std::int32_t>)
        if (in.has(Modifier::sat)) return form2<T>(binary<T, T, T, add_saturating>);
      return form2<T>(binary<T, T, T, add<T>>);
    case Opcode::sub:
      if constexpr (std::is_same_v<T, std::int32_t>)
        if (in.has(Modifier::sat)) return form2<T>(binary<T, T, T, sub_saturating>);
      return form2<T>(binary<T, T, T, sub<T>>);
    case Opcode::mul:
      if (in.has(Modifier::wide)) {
        if constexpr (sizeof(T) <= 4) return {.run = binary<W, T, T, mul_wide<T>>, .d = wide, .sources = {w, w}};
        return {};
      }
      return form2<T>(in.has(Modifier::hi) ? binary<T, T, T, mul_high<T>> : binary<T, T, T, mul_low<T>>);
    case Opcode::mad:
      if (in.has(Modifier::wide)) {
        if constexpr (sizeof(T) <= 4)
          return {.run = ternary<W, T, T, W, mad_wide<T>>, .d = wide, .sources = {w, w, wide}};
        return {};
      }
      if constexpr (std::is_same_v<T, std::int32_t>)
        if (in.has(Modifier::sat)) return form3<T>(ternary<T, T, T, T, mad_high_saturating>);
      return form3<T>(in.has(Modifier::hi) ? ternary<T, T, T, T, mad_high<T>> : ternary<T, T, T, T, mad_low<T>>);
    case Opcode::mul24:
      if constexpr (is_32)
        return form2<T>(in.has(Modifier::hi) ? binary<T, T, T, mul24_high<T>> : binary<T, T, T, mul24_low<T>>);
      return {};
    case Opcode::mad24:
      if constexpr (is_32)
        return form3<T>(in.has(Modifier::hi) ? ternary<T, T, T, T, mad24_high<T>> : ternary<T, T, T, T, mad24_low<T>>);
      return {};
    case Opcode::div:
      return form2<T>(binary_slow<T, T, T, divide<T>>);
    case Opcode::rem:
      return form2<T>(binary_slow<T, T, T, remainder<T>>);
    case Opcode::min:
      return form2<T>(in.has(Modifier::relu) ? binary<T, T, T, minimum_relu<T>> : binary<T, T, T, minimum<T>>);
    case Opcode::max:
      return form2<T>(in.has(Modifier::relu) ? binary<T, T, T, maximum_relu<T>> : binary<T, T, T, maximum<T>>);
    case Opcode::sad:
      return form3<T>(ternary<T, T, T, T, sum_of_differences<T>>);
    case Opcode::abs:
      return {.run = unary<T, T, absolute<T>>, .d = w, .sources = {w}};
    case Opcode::neg:
      return {.run = unary<T, T, negate<T>>, .d = w, .sources = {w}};
    default:
      return {};
  }
}

// Two 16-bit halves.
template <class T, auto F>
std::uint32_t each_half(std::uint32_t a, std::uint32_t b) {
  const auto low = static_cast<std::uint16_t>(F(static_cast<T>(a), static_cast<T>(b)));
  const auto high = static_cast<std::uint16_t>(F(static_cast<T>(a >> 16), static_cast<T>(b >> 16)));
  return low | static_cast<std::uint32_t>(high) << 16;
}
template <class T>
Form packed_form(const ptx::Instruction& in) {
  using U = std::uint32_t;
  const bool relu = in.has(Modifier::relu);
  if (in.has(Modifier::sat)) return {};
  switch (in.opcode) {
    case Opcode::add:
      return form2<U>(binary<U, U, U, each_half<T, add<T>>>);
    case Opcode::min:
      return form2<U>(relu ? binary<U, U, U, each_half<T, minimum_relu<T>>>
                           : binary<U, U, U, each_half<T, minimum<T>>>);
    case Opcode::max:
      return form2<U>(relu ? binary<U, U, U, each_half<T, maximum_relu<T>>>
                           : binary<U, U, U, each_half<T, maximum<T>>>);
    default:
      return {};
  }
}

}  // namespace

Form integer_form(const ptx::Instruction& in) {
  const Type type = in.type();
  const bool carries =
      in.has(Modifier::cc) || in.opcode == Opcode::addc || in.opcode == Opcode::subc || in.opcode == Opcode::madc;
  if (carries) {
    const bool mad = in.opcode == Opcode::mad || in.opcode == Opcode::madc;
    switch (type) {
      case Type::s32:
        return mad ? carry_mad_form<std::int32_t>(in) : carry_form<std::uint32_t>(in);
      case Type::u32:
      case Type::b32:
        return mad ? carry_mad_form<std::uint32_t>(in) : carry_form<std::uint32_t>(in);
      case Type::s64:
        return mad ? carry_mad_form<std::int64_t>(in) : carry_form<std::uint64_t>(in);
      case Type::u64:
      case Type::b64:
        return mad ? carry_mad_form<std::uint64_t>(in) : carry_form<std::uint64_t>(in);
      default:
        return {};
    }
  }
  switch (type) {
    case Type::u16:
      return typed_form<std::uint16_t>(in);
    case Type::s16:
      return typed_form<std::int16_t>(in);
    case Type::u32:
      return typed_form<std::uint32_t>(in);
    case Type::s32:
      return typed_form<std::int32_t>(in);
    case Type::u64:
      return typed_form<std::uint64_t>(in);
    case Type::s64:
      return typed_form<std::int64_t>(in);
    case Type::u16x2:
      return packed_form<std::uint16_t>(in);
    case Type::s16x2:
      return packed_form<std::int16_t>(in);
    default:
      return {};
  }
}

}  // namespace cudaemu
