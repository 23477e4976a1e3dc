// SPDX-License-Identifier: Apache-2.0
// f16, bf16 and their pairs: arithmetic rounded once, relu, saturation, NaN rules, comparisons, approximations.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::half {

constexpr const char* kGroup = "half";

// One rounding of the exact result.
const auto kAdd = [](auto a, auto b) { return make16<decltype(a)>(fused_to_odd(value(a), 1, value(b))); };
const auto kSub = [](auto a, auto b) { return make16<decltype(a)>(fused_to_odd(value(a), 1, -value(b))); };
const auto kMul = [](auto a, auto b) { return make16<decltype(a)>(value(a) * value(b)); };
const auto kFma = [](auto a, auto b, auto c) {
  return make16<decltype(a)>(fused_to_odd(value(a), value(b), value(c)));
};
const auto kMin = [](auto a, auto b) { return make16<decltype(a)>(ptx_min(value(a), value(b))); };
const auto kMax = [](auto a, auto b) { return make16<decltype(a)>(ptx_max(value(a), value(b))); };
const auto kMinNan = [](auto a, auto b) {
  return make16<decltype(a)>(nan_or(value(a), value(b), ptx_min(value(a), value(b))));
};
const auto kMaxNan = [](auto a, auto b) {
  return make16<decltype(a)>(nan_or(value(a), value(b), ptx_max(value(a), value(b))));
};
const auto kSat = [](auto a) { return make16<decltype(a)>(saturate(value(a))); };
const auto kNeg = [](auto a) { return decltype(a){u16(a.bits ^ 0x8000)}; };
const auto kAbs = [](auto a) { return decltype(a){u16(a.bits & 0x7fff)}; };
const auto kFmaRelu = [](auto a, auto b, auto c) { return relu(kFma(a, b, c)); };
const auto kFlush = [](f16 a) { return (a.bits & 0x7c00) == 0 ? f16{u16(a.bits & 0x8000)} : a; };
const auto kAddFlush = [](f16 a, f16 b) { return kFlush(kAdd(kFlush(a), kFlush(b))); };

OPCODE2("add.f16", f16, f16, f16, kAdd(a, b));
OPCODE2("add.rn.f16", f16, f16, f16, kAdd(a, b));
OPCODE2("add.sat.f16", f16, f16, f16, kSat(kAdd(a, b)));
OPCODE2("add.ftz.f16", f16, f16, f16, kAddFlush(a, b));
OPCODE2("sub.f16", f16, f16, f16, kSub(a, b));
OPCODE2("mul.f16", f16, f16, f16, kMul(a, b));
OPCODE2("mul.sat.f16", f16, f16, f16, kSat(kMul(a, b)));
OPCODE3("fma.rn.f16", f16, f16, f16, f16, kFma(a, b, c));
OPCODE3("fma.rn.sat.f16", f16, f16, f16, f16, kSat(kFma(a, b, c)));
OPCODE3("fma.rn.relu.f16", f16, f16, f16, f16, kFmaRelu(a, b, c));
OPCODE1("neg.f16", f16, f16, kNeg(a));
OPCODE1("abs.f16", f16, f16, kAbs(a));
OPCODE2("min.f16", f16, f16, f16, kMin(a, b));
OPCODE2("max.f16", f16, f16, f16, kMax(a, b));
OPCODE2("min.NaN.f16", f16, f16, f16, kMinNan(a, b));
OPCODE2("max.NaN.f16", f16, f16, f16, kMaxNan(a, b));
OPCODE2("add.f16x2", f16x2, f16x2, f16x2, both(kAdd, a, b));
OPCODE2("sub.f16x2", f16x2, f16x2, f16x2, both(kSub, a, b));
OPCODE2("mul.f16x2", f16x2, f16x2, f16x2, both(kMul, a, b));
OPCODE3("fma.rn.f16x2", f16x2, f16x2, f16x2, f16x2, both(kFma, a, b, c));
OPCODE3("fma.rn.relu.f16x2", f16x2, f16x2, f16x2, f16x2, both(kFmaRelu, a, b, c));
OPCODE1("neg.f16x2", f16x2, f16x2, both(kNeg, a));
OPCODE1("abs.f16x2", f16x2, f16x2, both(kAbs, a));
OPCODE2("min.f16x2", f16x2, f16x2, f16x2, both(kMin, a, b));
OPCODE2("max.NaN.f16x2", f16x2, f16x2, f16x2, both(kMaxNan, a, b));

OPCODE2("add.rn.bf16", bf16, bf16, bf16, kAdd(a, b));
OPCODE2("sub.rn.bf16", bf16, bf16, bf16, kSub(a, b));
OPCODE2("mul.rn.bf16", bf16, bf16, bf16, kMul(a, b));
OPCODE3("fma.rn.bf16", bf16, bf16, bf16, bf16, kFma(a, b, c));
OPCODE3("fma.rn.relu.bf16", bf16, bf16, bf16, bf16, kFmaRelu(a, b, c));
OPCODE1("neg.bf16", bf16, bf16, kNeg(a));
OPCODE1("abs.bf16", bf16, bf16, kAbs(a));
OPCODE2("min.bf16", bf16, bf16, bf16, kMin(a, b));
OPCODE2("max.bf16", bf16, bf16, bf16, kMax(a, b));
OPCODE2("min.NaN.bf16", bf16, bf16, bf16, kMinNan(a, b));
OPCODE2("add.rn.bf16x2", bf16x2, bf16x2, bf16x2, both(kAdd, a, b));
OPCODE2("sub.rn.bf16x2", bf16x2, bf16x2, bf16x2, both(kSub, a, b));
OPCODE2("mul.rn.bf16x2", bf16x2, bf16x2, bf16x2, both(kMul, a, b));
OPCODE3("fma.rn.bf16x2", bf16x2, bf16x2, bf16x2, bf16x2, both(kFma, a, b, c));
OPCODE3("fma.rn.relu.bf16x2", bf16x2, bf16x2, bf16x2, bf16x2, both(kFmaRelu, a, b, c));
OPCODE1("neg.bf16x2", bf16x2, bf16x2, both(kNeg, a));
OPCODE1("abs.bf16x2", bf16x2, bf16x2, both(kAbs, a));
OPCODE2("max.bf16x2", bf16x2, bf16x2, bf16x2, both(kMax, a, b));
OPCODE2("min.NaN.bf16x2", bf16x2, bf16x2, bf16x2, both(kMinNan, a, b));

// Errors: ex2 2^-9.9 relative, tanh 2^-10.987 absolute (f16); ex2 2^-7, tanh 2^-8 (bf16).
APPROX1("ex2.approx.f16", -0x1p-9, f16, f16, make16<f16>(std::exp2(value(a))));
APPROX1("tanh.approx.f16", -0x1p-10, f16, f16, make16<f16>(std::tanh(value(a))));
APPROX1("tanh.approx.bf16", -0x1p-7, bf16, bf16, make16<bf16>(std::tanh(value(a))));
APPROX1("ex2.approx.ftz.bf16", 0x1p-6, bf16, bf16, make16<bf16>(ftz(f32(std::exp2(ftz(f32(value(a))))))));

#define SETP(TEXT) "{ .reg .pred p; setp." TEXT " p, %1, %2; selp.u32 %0, 1, 0, p; }"
ASM2(SETP("lt.f16"), u32, f16, f16, value(a) < value(b));
ASM2(SETP("eq.f16"), u32, f16, f16, value(a) == value(b));
ASM2(SETP("neu.f16"), u32, f16, f16, value(a) != value(b));
ASM2(SETP("geu.f16"), u32, f16, f16, !(value(a) < value(b)));
ASM2(SETP("nan.f16"), u32, f16, f16, value(a) != value(a) || value(b) != value(b));
ASM2(SETP("gt.bf16"), u32, bf16, bf16, value(a) > value(b));
ASM2(SETP("leu.bf16"), u32, bf16, bf16, !(value(a) > value(b)));
ASM2("{ .reg .pred p, q; setp.lt.f16x2 p|q, %1, %2; selp.u32 %0, 1, 0, p; @q add.u32 %0, %0, 2; }", u32, f16x2, f16x2,
     u32(value(low(a)) < value(low(b))) + 2 * u32(value(high(a)) < value(high(b))));
ASM2("{ .reg .pred p, q; setp.neu.bf16x2 p|q, %1, %2; selp.u32 %0, 1, 0, p; @q add.u32 %0, %0, 2; }", u32, bf16x2,
     bf16x2, u32(value(low(a)) != value(low(b))) + 2 * u32(value(high(a)) != value(high(b))));
OPCODE2("set.lt.u32.f16", u32, f16, f16, value(a) < value(b) ? 0xffffffffu : 0u);
OPCODE2("set.ge.f16.f16", f16, f16, f16, make16<f16>(value(a) >= value(b)));
OPCODE2("set.gt.f16x2.f16x2", f16x2, f16x2, f16x2,
        f16x2{(value(low(a)) > value(low(b)) ? 0x3c00u : 0) | (value(high(a)) > value(high(b)) ? 0x3c000000u : 0)});
OPCODE2("set.eq.u32.f16x2", u32, f16x2, f16x2,
        (value(low(a)) == value(low(b)) ? 0xffffu : 0) | (value(high(a)) == value(high(b)) ? 0xffff0000u : 0));
OPCODE2("set.le.bf16x2.bf16x2", bf16x2, bf16x2, bf16x2,
        bf16x2{(value(low(a)) <= value(low(b)) ? 0x3f80u : 0) | (value(high(a)) <= value(high(b)) ? 0x3f800000u : 0)});

}  // namespace cudaemu_test::half
