// SPDX-License-Identifier: Apache-2.0
// f32 and f64 arithmetic with .rz, .rm and .rp, by the host's own rounding modes.
#include <cfenv>
#include <cmath>

#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

class HostRounding {
 public:
  explicit HostRounding(int mode) : before_(std::fegetround()) { std::fesetround(mode); }
  ~HostRounding() { std::fesetround(before_); }

 private:
  int before_;
};

// Operands and results pass through volatile, so that the compiler neither folds nor moves the operation.
template <class T, Opcode kOpcode>
T apply(T a_, T b_, T c_) {
  volatile T a = a_, b = b_, c = c_, r = 0;
  switch (kOpcode) {
    case Opcode::add:
      r = a + b;
      break;
    case Opcode::sub:
      r = a - b;
      break;
    case Opcode::mul:
      r = a * b;
      break;
    case Opcode::div:
      r = a / b;
      break;
    case Opcode::fma:
      r = std::fma(T(a), T(b), T(c));
      break;
    case Opcode::sqrt:
      r = std::sqrt(T(a));
      break;
    default:
      r = T(1) / a;
      break;  // rcp
  }
  return r;
}

// immediate: the host's mode, | 0x10000 for .ftz, | 0x20000 for .sat.
template <class T, Opcode kOpcode>
void rounded(Warp& w, const Instruction& in, LaneMask mask) {
  const T* a = w.reg<T>(in.a);
  const T* b = in.b == kNoSlot ? a : w.reg<T>(in.b);
  const T* c = in.c == kNoSlot ? a : w.reg<T>(in.c);
  T* d = w.reg<T>(in.d);
  const HostRounding rounding(static_cast<int>(in.immediate & 0xffff));
  for_each_lane(mask, [&](int i) {
    T x = a[i], y = b[i], z = c[i];
    if constexpr (sizeof(T) == 4)
      if (in.immediate & 0x10000) x = flush(x), y = flush(y), z = flush(z);
    T r = apply<T, kOpcode>(x, y, z);
    if constexpr (sizeof(T) == 4)
      if (in.immediate & 0x10000) r = flush(r);
    d[i] = in.immediate & 0x20000 ? clamp01(r) : r;
  });
}

template <class T>
Form typed_form(const ptx::Instruction& in) {
  const Width w = width_of(sizeof(T));
  Form form{.d = w, .sources = {w, w}};
  switch (in.opcode) {
    case Opcode::add:
      form.run = rounded<T, Opcode::add>;
      break;
    case Opcode::sub:
      form.run = rounded<T, Opcode::sub>;
      break;
    case Opcode::mul:
      form.run = rounded<T, Opcode::mul>;
      break;
    case Opcode::div:
      form.run = rounded<T, Opcode::div>;
      break;
    case Opcode::fma:
    case Opcode::mad:
      form.run = rounded<T, Opcode::fma>, form.sources[2] = w;
      break;
    case Opcode::sqrt:
      form.run = rounded<T, Opcode::sqrt>, form.sources[1] = Width::none;
      break;
    case Opcode::rcp:
      form.run = rounded<T, Opcode::rcp>, form.sources[1] = Width::none;
      break;
    default:
      return {};
  }
  form.immediate = in.has(Modifier::rz) ? FE_TOWARDZERO : in.has(Modifier::rm) ? FE_DOWNWARD : FE_UPWARD;
  if (in.has(Modifier::ftz)) form.immediate |= 0x10000;
  if (in.has(Modifier::sat)) form.immediate |= 0x20000;
  form.immediate_type = in.type();
  return form;
}

}  // namespace

Form rounded_form(const ptx::Instruction& in) {
  if (!in.has(Modifier::rz) && !in.has(Modifier::rm) && !in.has(Modifier::rp)) return {};
  if (in.type() == Type::f32) return typed_form<float>(in);
  if (in.type() == Type::f64) return typed_form<double>(in);
  return {};
}

}  // namespace cudaemu
