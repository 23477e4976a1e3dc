// SPDX-License-Identifier: Apache-2.0
// Comparison and selection: setp, set, selp, slct, testp.
#include <cmath>

#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

enum class Relation { eq, ne, lt, le, gt, ge, equ, neu, ltu, leu, gtu, geu, num, nan };

template <Relation kR, class T>
bool holds(T a, T b) {
  switch (kR) {
    case Relation::eq:
      return a == b;
    case Relation::ne:
      return a < b || a > b;  // ordered: false when one is NaN
    case Relation::lt:
      return a < b;
    case Relation::le:
      return a <= b;
    case Relation::gt:
      return a > b;
    case Relation::ge:
      return a >= b;
    case Relation::equ:
      return !(a < b || a > b);
    case Relation::neu:
      return a != b;
    case Relation::ltu:
      return !(a >= b);
    case Relation::leu:
      return !(a > b);
    case Relation::gtu:
      return !(a <= b);
    case Relation::geu:
      return !(a < b);
    case Relation::num:
      return a == a && b == b;
    case Relation::nan:
      return a != a || b != b;
  }
  return false;
}

// How registers become values that compare.
template <class T>
struct Plain {
  using Stored = T;
  static T value(T v) { return v; }
};
struct Flushed {
  using Stored = float;
  static float value(float v) { return flush(v); }
};
struct OfF16 {
  using Stored = std::uint16_t;
  static float value(std::uint16_t v) { return f16_to_float(v); }
};
struct OfBf16 {
  using Stored = std::uint16_t;
  static float value(std::uint16_t v) { return bf16_to_float(v); }
};

template <Relation kR, class Values>
LaneMask compare(const Warp& w, const Instruction& in) {
  const auto* a = w.reg<typename Values::Stored>(in.a);
  const auto* b = w.reg<typename Values::Stored>(in.b);
  alignas(64) std::uint8_t bit[kLanes];
  for (int i = 0; i < kLanes; ++i) bit[i] = holds<kR>(Values::value(a[i]), Values::value(b[i]));
  LaneMask r = 0;
  for (int i = 0; i < kLanes; ++i) r |= static_cast<LaneMask>(bit[i]) << i;
  return r;
}

enum Combine : std::uint8_t { kPlain, kAnd, kOr, kXor };

LaneMask combine(const Warp& w, const Instruction& in, LaneMask r) {
  switch (in.small) {
    case kAnd:
      return r & w.predicate(in.c);
    case kOr:
      return r | w.predicate(in.c);
    case kXor:
      return r ^ w.predicate(in.c);
    default:
      return r;
  }
}

template <Relation kR, class Values>
void set_predicate(Warp& w, const Instruction& in, LaneMask mask) {
  const LaneMask r = compare<kR, Values>(w, in);
  const LaneMask p = combine(w, in, r), q = in.d2 == kNoSlot ? 0 : combine(w, in, ~r);
  if (in.d != kNoSlot) w.set_predicate(in.d, mask, p);
  if (in.d2 != kNoSlot) w.set_predicate(in.d2, mask, q);
}

// set: the result is `immediate` (all ones, or 1.0 of the destination's type) or zero.
template <Relation kR, class Values>
void set_value(Warp& w, const Instruction& in, LaneMask mask) {
  const LaneMask r = combine(w, in, compare<kR, Values>(w, in));
  const bool wide = in.immediate >> 63 & 1;  // a 32-bit destination
  for_each_lane(mask, [&](int i) {
    const auto v = r >> i & 1 ? static_cast<std::uint32_t>(in.immediate) : 0u;
    if (wide)
      w.reg<std::uint32_t>(in.d)[i] = v;
    else
      w.reg<std::uint16_t>(in.d)[i] = static_cast<std::uint16_t>(v);
  });
}

template <class Values>
Handler choose(Relation r, bool to_predicate) {
  // clang-format off
#define CUDAEMU_CASE(name) \
  case Relation::name:     \
    return to_predicate ? set_predicate<Relation::name, Values> : set_value<Relation::name, Values>;
  switch (r) {
    CUDAEMU_CASE(eq)
    CUDAEMU_CASE(ne)
    CUDAEMU_CASE(lt)
    CUDAEMU_CASE(le) CUDAEMU_CASE(gt) CUDAEMU_CASE(ge) CUDAEMU_CASE(equ) CUDAEMU_CASE(neu) CUDAEMU_CASE(ltu)
        CUDAEMU_CASE(leu) CUDAEMU_CASE(gtu) CUDAEMU_CASE(geu) CUDAEMU_CASE(num) CUDAEMU_CASE(nan)
  }
#undef CUDAEMU_CASE
  // clang-format on
  return nullptr;
}

Handler choose_by_type(Type type, bool flushes, Relation r, bool to_predicate) {
  switch (type) {
    case Type::b16:
    case Type::u16:
      return choose<Plain<std::uint16_t>>(r, to_predicate);
    case Type::s16:
      return choose<Plain<std::int16_t>>(r, to_predicate);
    case Type::b32:
    case Type::u32:
      return choose<Plain<std::uint32_t>>(r, to_predicate);
    case Type::s32:
      return choose<Plain<std::int32_t>>(r, to_predicate);
    case Type::b64:
    case Type::u64:
      return choose<Plain<std::uint64_t>>(r, to_predicate);
    case Type::s64:
      return choose<Plain<std::int64_t>>(r, to_predicate);
    case Type::f32:
      return flushes ? choose<Flushed>(r, to_predicate) : choose<Plain<float>>(r, to_predicate);
    case Type::f64:
      return choose<Plain<double>>(r, to_predicate);
    case Type::f16:
      return choose<OfF16>(r, to_predicate);
    case Type::bf16:
      return choose<OfBf16>(r, to_predicate);
    default:
      return nullptr;
  }
}

bool find_relation(const ptx::Instruction& in, Relation& r) {
  constexpr std::pair<Modifier, Relation> kNames[] = {
      {Modifier::eq, Relation::eq},   {Modifier::ne, Relation::ne},   {Modifier::lt, Relation::lt},
      {Modifier::le, Relation::le},   {Modifier::gt, Relation::gt},   {Modifier::ge, Relation::ge},
      {Modifier::lo, Relation::lt},   {Modifier::ls, Relation::le},   {Modifier::hi, Relation::gt},
      {Modifier::hs, Relation::ge},   {Modifier::equ, Relation::equ}, {Modifier::neu, Relation::neu},
      {Modifier::ltu, Relation::ltu}, {Modifier::leu, Relation::leu}, {Modifier::gtu, Relation::gtu},
      {Modifier::geu, Relation::geu}, {Modifier::num, Relation::num}, {Modifier::nan, Relation::nan}};
  for (const auto& [modifier, relation] : kNames)
    if (in.has(modifier)) return r = relation, true;
  return false;
}

std::uint8_t combination(const ptx::Instruction& in) {
  return in.has(Modifier::and_) ? kAnd : in.has(Modifier::or_) ? kOr : in.has(Modifier::xor_) ? kXor : kPlain;
}

// Pairs: setp.f16x2 p|q compares low and high halves; set.f16x2 gives both results in one register.
template <class Half, class H>
LaneMask compare_half(const Warp& w, const Instruction& in, int shift, H relation) {
  LaneMask r = 0;
  const auto* a = w.reg<std::uint32_t>(in.a);
  const auto* b = w.reg<std::uint32_t>(in.b);
  for (int i = 0; i < kLanes; ++i)
    r |= static_cast<LaneMask>(relation(Half::value(static_cast<std::uint16_t>(a[i] >> shift)),
                                        Half::value(static_cast<std::uint16_t>(b[i] >> shift))))
         << i;
  return r;
}
template <Relation kR, class Half, bool kToPredicate>
void set_pair(Warp& w, const Instruction& in, LaneMask mask) {
  const LaneMask low = combine(w, in, compare_half<Half>(w, in, 0, holds<kR, float>));
  const LaneMask high = combine(w, in, compare_half<Half>(w, in, 16, holds<kR, float>));
  if constexpr (kToPredicate) {
    if (in.d != kNoSlot) w.set_predicate(in.d, mask, low);
    if (in.d2 != kNoSlot) w.set_predicate(in.d2, mask, high);
  } else {
    const auto one = static_cast<std::uint32_t>(in.immediate & 0xffff);
    for_each_lane(mask, [&](int i) {
      w.reg<std::uint32_t>(in.d)[i] = (low >> i & 1 ? one : 0) | (high >> i & 1 ? one << 16 : 0);
    });
  }
}
template <class Half, bool kToPredicate>
Handler choose_pair(Relation r) {
  // clang-format off
#define CUDAEMU_CASE(name) \
  case Relation::name:     \
    return set_pair<Relation::name, Half, kToPredicate>;
  switch (r) {
    CUDAEMU_CASE(eq)
    CUDAEMU_CASE(ne)
    CUDAEMU_CASE(lt)
    CUDAEMU_CASE(le) CUDAEMU_CASE(gt) CUDAEMU_CASE(ge) CUDAEMU_CASE(equ) CUDAEMU_CASE(neu) CUDAEMU_CASE(ltu)
        CUDAEMU_CASE(leu) CUDAEMU_CASE(gtu) CUDAEMU_CASE(geu) CUDAEMU_CASE(num) CUDAEMU_CASE(nan)
  }
#undef CUDAEMU_CASE
  // clang-format on
  return nullptr;
}

Form set_form(const ptx::Instruction& in) {
  Relation relation;
  if (!find_relation(in, relation)) return {};
  const bool to_predicate = in.opcode == Opcode::setp;
  const Type operand = to_predicate ? in.types[0] : in.types[1];
  const Type result = in.types[0];
  Form form;
  form.small = combination(in);
  form.immediate_type = operand;
  if (operand == Type::f16x2 || operand == Type::bf16x2) {
    const bool half = operand == Type::f16x2;
    form.run = to_predicate ? (half ? choose_pair<OfF16, true>(relation) : choose_pair<OfBf16, true>(relation))
                            : (half ? choose_pair<OfF16, false>(relation) : choose_pair<OfBf16, false>(relation));
    form.sources = {Width::bytes4, Width::bytes4};
  } else {
    form.run = choose_by_type(operand, in.has(Modifier::ftz), relation, to_predicate);
    form.sources = {width_of(operand), width_of(operand)};
  }
  if (form.small != kPlain) form.sources[2] = Width::predicate;
  if (to_predicate) {
    form.d = form.d2 = Width::predicate;
    form.has_second_destination = true;
    return form;
  }
  form.d = width_of(result);
  form.immediate = result == Type::f32                              ? 0x3f800000
                   : result == Type::f16 || result == Type::f16x2   ? 0x3c00
                   : result == Type::bf16 || result == Type::bf16x2 ? 0x3f80
                                                                    : 0xffffffff;
  if (bytes_of(result) == 4)
    form.immediate = static_cast<std::int64_t>(static_cast<std::uint64_t>(form.immediate) | 1ull << 63);
  return form;
}

template <class T>
void select(Warp& w, const Instruction& in, LaneMask mask) {
  const T* a = w.reg<T>(in.a);
  const T* b = w.reg<T>(in.b);
  const LaneMask p = w.predicate(in.c);
  alignas(64) T r[kLanes];
  for (int i = 0; i < kLanes; ++i) r[i] = (p >> i & 1) ? a[i] : b[i];
  store_lanes(w.reg<T>(in.d), r, mask);
}

template <class T>
T select_by_sign(T a, T b, std::int32_t c) {
  return c >= 0 ? a : b;
}
template <class T>
T select_by_float_sign(T a, T b, float c) {
  return c >= 0 ? a : b;
}

template <class T>
Form slct_form(const ptx::Instruction& in) {
  const Width w = width_of(sizeof(T));
  Form form{.d = w, .sources = {w, w, Width::bytes4}, .immediate_type = in.type()};
  form.run = in.types[1] == Type::f32 ? ternary<T, T, T, float, select_by_float_sign<T>>
                                      : ternary<T, T, T, std::int32_t, select_by_sign<T>>;
  return form;
}

template <class T>
void test_property(Warp& w, const Instruction& in, LaneMask mask) {
  const T* a = w.reg<T>(in.a);
  LaneMask r = 0;
  for_each_lane(mask, [&](int i) {
    const int c = std::fpclassify(a[i]);
    bool v = false;
    switch (static_cast<Modifier>(in.small)) {
      case Modifier::finite:
        v = c != FP_INFINITE && c != FP_NAN;
        break;
      case Modifier::infinite:
        v = c == FP_INFINITE;
        break;
      case Modifier::number:
        v = c != FP_NAN;
        break;
      case Modifier::notanumber:
        v = c == FP_NAN;
        break;
      case Modifier::normal:
        v = c == FP_NORMAL || c == FP_ZERO;  // zeros are normal here
        break;
      case Modifier::subnormal:
        v = c == FP_SUBNORMAL;
        break;
      default:
        break;
    }
    r |= static_cast<LaneMask>(v) << i;
  });
  w.set_predicate(in.d, mask, r);
}

void select_predicate(Warp& w, const Instruction& in, LaneMask mask) {
  const LaneMask c = w.predicate(in.c);
  w.set_predicate(in.d, mask, (w.predicate(in.a) & c) | (w.predicate(in.b) & ~c));
}

}  // namespace

Form compare_form(const ptx::Instruction& in) {
  const Type type = in.type();
  switch (in.opcode) {
    case Opcode::setp:
    case Opcode::set:
      return set_form(in);
    case Opcode::selp: {
      const Width w = width_of(type);
      Form form{.d = w, .sources = {w, w, Width::predicate}, .immediate_type = type};
      form.run = type == Type::pred   ? select_predicate
                 : w == Width::bytes2 ? select<std::uint16_t>
                 : w == Width::bytes4 ? select<std::uint32_t>
                                      : select<std::uint64_t>;
      return form;
    }
    case Opcode::slct:
      switch (bytes_of(type)) {
        case 2:
          return slct_form<std::uint16_t>(in);
        case 4:
          return slct_form<std::uint32_t>(in);
        default:
          return slct_form<std::uint64_t>(in);
      }
    case Opcode::testp: {
      constexpr Modifier kProperties[] = {Modifier::finite,     Modifier::infinite, Modifier::number,
                                          Modifier::notanumber, Modifier::normal,   Modifier::subnormal};
      const auto property = in.modifiers.first_of(kProperties);
      if (!property) return {};
      return {.run = type == Type::f64 ? test_property<double> : test_property<float>,
              .d = Width::predicate,
              .sources = {width_of(type)},
              .small = static_cast<std::uint8_t>(*property)};
    }
    default:
      return {};
  }
}

}  // namespace cudaemu
