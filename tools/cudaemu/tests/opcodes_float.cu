// SPDX-License-Identifier: Apache-2.0
// f32 and f64: arithmetic in all roundings, flush to zero, saturation, approximations, comparisons.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::floating {

constexpr const char* kGroup = "float";

constexpr auto kZero = Round::kZero;
constexpr auto kDown = Round::kDown;
constexpr auto kUp = Round::kUp;

template <class T>
bool is_nan(T a) {
  return a != a;
}
template <class T>
T with_sign(T a, bool negative) {
  return std::copysign(a, negative ? T(-1) : T(1));
}

// ---- f32 ----

OPCODE2("add.f32", f32, f32, f32, a + b);
OPCODE2("add.rn.f32", f32, f32, f32, a + b);
OPCODE2("add.rz.f32", f32, f32, f32, rounded(kZero, sum<f32>, a, b));
OPCODE2("add.rm.f32", f32, f32, f32, rounded(kDown, sum<f32>, a, b));
OPCODE2("add.rp.f32", f32, f32, f32, rounded(kUp, sum<f32>, a, b));
OPCODE2("add.ftz.f32", f32, f32, f32, ftz(ftz(a) + ftz(b)));
OPCODE2("add.sat.f32", f32, f32, f32, saturate(a + b));
OPCODE2("add.rz.ftz.sat.f32", f32, f32, f32, saturate(ftz(rounded(kZero, sum<f32>, ftz(a), ftz(b)))));
OPCODE2("sub.f32", f32, f32, f32, a - b);
OPCODE2("sub.rz.f32", f32, f32, f32, rounded(kZero, difference<f32>, a, b));
OPCODE2("sub.rm.f32", f32, f32, f32, rounded(kDown, difference<f32>, a, b));
OPCODE2("sub.rp.f32", f32, f32, f32, rounded(kUp, difference<f32>, a, b));
OPCODE2("sub.ftz.f32", f32, f32, f32, ftz(ftz(a) - ftz(b)));
OPCODE2("sub.sat.f32", f32, f32, f32, saturate(a - b));
OPCODE2("mul.f32", f32, f32, f32, a* b);
OPCODE2("mul.rz.f32", f32, f32, f32, rounded(kZero, product<f32>, a, b));
OPCODE2("mul.rm.f32", f32, f32, f32, rounded(kDown, product<f32>, a, b));
OPCODE2("mul.rp.f32", f32, f32, f32, rounded(kUp, product<f32>, a, b));
OPCODE2("mul.sat.f32", f32, f32, f32, saturate(a* b));
// Times 3 first: no product is then rounded up to the least normal number, where flushing before or after rounding
// would differ and the manual does not say which.
ASM2("{ .reg .f32 t; mul.f32 t, %1, 0f40400000; mul.ftz.f32 %0, t, %2; }", f32, f32, f32, ftz(ftz(a * 3) * ftz(b)));
OPCODE3("fma.rn.f32", f32, f32, f32, f32, std::fma(a, b, c));
OPCODE3("fma.rz.f32", f32, f32, f32, f32, rounded(kZero, fused<f32>, a, b, c));
OPCODE3("fma.rm.f32", f32, f32, f32, f32, rounded(kDown, fused<f32>, a, b, c));
OPCODE3("fma.rp.f32", f32, f32, f32, f32, rounded(kUp, fused<f32>, a, b, c));
OPCODE3("fma.rn.sat.f32", f32, f32, f32, f32, saturate(std::fma(a, b, c)));
OPCODE3("mad.rn.f32", f32, f32, f32, f32, std::fma(a, b, c));
ASM3("{ .reg .f32 t, u; mul.f32 t, %1, 0f40400000; mul.f32 u, %3, 0f40400000; fma.rn.ftz.f32 %0, t, %2, u; }", f32, f32,
     f32, f32, ftz(std::fma(ftz(a * 3), ftz(b), ftz(c * 3))));
OPCODE2("div.rn.f32", f32, f32, f32, a / b);
OPCODE2("div.rz.f32", f32, f32, f32, rounded(kZero, quotient<f32>, a, b));
OPCODE2("div.rm.f32", f32, f32, f32, rounded(kDown, quotient<f32>, a, b));
OPCODE2("div.rp.f32", f32, f32, f32, rounded(kUp, quotient<f32>, a, b));
OPCODE2("div.rn.ftz.f32", f32, f32, f32, ftz(ftz(a) / ftz(b)));
OPCODE1("sqrt.rn.f32", f32, f32, std::sqrt(a));
OPCODE1("sqrt.rz.f32", f32, f32, rounded(kZero, root<f32>, a, 0.0f));
OPCODE1("sqrt.rm.f32", f32, f32, rounded(kDown, root<f32>, a, 0.0f));
OPCODE1("sqrt.rp.f32", f32, f32, rounded(kUp, root<f32>, a, 0.0f));
OPCODE1("sqrt.rn.ftz.f32", f32, f32, std::sqrt(ftz(a)));
OPCODE1("rcp.rn.f32", f32, f32, 1 / a);
OPCODE1("rcp.rz.f32", f32, f32, rounded(kZero, quotient<f32>, 1.0f, a));
OPCODE1("rcp.rm.f32", f32, f32, rounded(kDown, quotient<f32>, 1.0f, a));
OPCODE1("rcp.rp.f32", f32, f32, rounded(kUp, quotient<f32>, 1.0f, a));
OPCODE1("rcp.rn.ftz.f32", f32, f32, ftz(1 / ftz(a)));
OPCODE1("abs.f32", f32, f32, std::fabs(a));
OPCODE1("abs.ftz.f32", f32, f32, std::fabs(ftz(a)));
OPCODE1("neg.f32", f32, f32, -a);
OPCODE1("neg.ftz.f32", f32, f32, -ftz(a));
OPCODE2("min.f32", f32, f32, f32, ptx_min(a, b));
OPCODE2("max.f32", f32, f32, f32, ptx_max(a, b));
OPCODE2("min.ftz.f32", f32, f32, f32, ptx_min(ftz(a), ftz(b)));
OPCODE2("max.NaN.f32", f32, f32, f32, nan_or(a, b, ptx_max(a, b)));
OPCODE2("min.NaN.f32", f32, f32, f32, nan_or(a, b, ptx_min(a, b)));
OPCODE2("min.xorsign.abs.f32", f32, f32, f32,
        with_sign(ptx_min(std::fabs(a), std::fabs(b)), std::signbit(a) != std::signbit(b)));
OPCODE2("max.xorsign.abs.f32", f32, f32, f32,
        with_sign(ptx_max(std::fabs(a), std::fabs(b)), std::signbit(a) != std::signbit(b)));
OPCODE2("copysign.f32", f32, f32, f32, std::copysign(b, a));

// ---- approximations: errors that the PTX manual allows ----

// Divisors of which the reciprocal is a denormal, or that are denormals, are replaced by 1: there the manual allows
// other results.
#define DIVISOR                                                                                                 \
  "{ .reg .f32 t, u; .reg .pred p; abs.f32 t, %2; setp.gt.f32 p, t, 0f7e800000; selp.f32 u, 0f3f800000, %2, p;" \
  " abs.f32 t, u; setp.lt.f32 p, t, 0f00800000; selp.f32 u, 0f3f800000, u, p; "
f32 divisor(f32 b) { return std::fabs(b) > 0x1p126f || std::fabs(b) < 0x1p-126f ? 1.0f : b; }
APPROX_ASM2(DIVISOR "div.full.f32 %0, %1, u; }", 0x1p-21, f32, f32, f32, a / divisor(b));
APPROX_ASM2(DIVISOR "div.approx.f32 %0, %1, u; }", 0x1p-21, f32, f32, f32, a / divisor(b));
APPROX_ASM2(DIVISOR "div.full.ftz.f32 %0, %1, u; }", 0x1p-21, f32, f32, f32, ftz(ftz(a) / divisor(b)));
APPROX1("rcp.approx.f32", 0x1p-23, f32, f32, 1 / a);
APPROX1("rcp.approx.ftz.f32", 0x1p-23, f32, f32, ftz(1 / ftz(a)));
APPROX1("sqrt.approx.f32", 0x1p-22, f32, f32, std::sqrt(a));
APPROX1("sqrt.approx.ftz.f32", 0x1p-22, f32, f32, std::sqrt(ftz(a)));
APPROX1("rsqrt.approx.f32", 0x1p-22, f32, f32, f32(1 / std::sqrt(f64(a))));
APPROX1("rsqrt.approx.ftz.f32", 0x1p-22, f32, f32, f32(1 / std::sqrt(f64(ftz(a)))));
APPROX1("rsqrt.approx.f64", 0x1p-22, f64, f64, 1 / std::sqrt(a));
APPROX1("ex2.approx.f32", 0x1p-21, f32, f32, f32(std::exp2(f64(a))));
APPROX1("ex2.approx.ftz.f32", 0x1p-21, f32, f32, ftz(f32(std::exp2(f64(ftz(a))))));
APPROX1("lg2.approx.f32", -0x1p-22, f32, f32, f32(std::log2(f64(a))));
APPROX1("lg2.approx.ftz.f32", -0x1p-22, f32, f32, f32(std::log2(f64(ftz(a)))));
APPROX1("tanh.approx.f32", 0x1p-10, f32, f32, f32(std::tanh(f64(a))));
#define WITHIN_A_TURN "{ .reg .f32 t; min.f32 t, %1, 0f40c90fdb; max.f32 t, t, 0fc0c90fdb; "
f64 turn(f32 a) { return ptx_max(ptx_min(a, 0x1.921fb6p2f), -0x1.921fb6p2f); }
APPROX_ASM1(WITHIN_A_TURN "sin.approx.f32 %0, t; }", -0x1p-20, f32, f32, f32(std::sin(turn(a))));
APPROX_ASM1(WITHIN_A_TURN "cos.approx.f32 %0, t; }", -0x1p-20, f32, f32, f32(std::cos(turn(a))));
APPROX_ASM1(WITHIN_A_TURN "sin.approx.ftz.f32 %0, t; }", -0x1p-20, f32, f32, f32(std::sin(turn(a))));

// ---- f64 ----

OPCODE2("add.f64", f64, f64, f64, a + b);
OPCODE2("add.rz.f64", f64, f64, f64, rounded(kZero, sum<f64>, a, b));
OPCODE2("add.rm.f64", f64, f64, f64, rounded(kDown, sum<f64>, a, b));
OPCODE2("add.rp.f64", f64, f64, f64, rounded(kUp, sum<f64>, a, b));
OPCODE2("sub.f64", f64, f64, f64, a - b);
OPCODE2("mul.f64", f64, f64, f64, a* b);
OPCODE2("mul.rz.f64", f64, f64, f64, rounded(kZero, product<f64>, a, b));
OPCODE2("mul.rm.f64", f64, f64, f64, rounded(kDown, product<f64>, a, b));
OPCODE2("mul.rp.f64", f64, f64, f64, rounded(kUp, product<f64>, a, b));
OPCODE3("fma.rn.f64", f64, f64, f64, f64, std::fma(a, b, c));
OPCODE3("fma.rz.f64", f64, f64, f64, f64, rounded(kZero, fused<f64>, a, b, c));
OPCODE3("fma.rm.f64", f64, f64, f64, f64, rounded(kDown, fused<f64>, a, b, c));
OPCODE3("fma.rp.f64", f64, f64, f64, f64, rounded(kUp, fused<f64>, a, b, c));
OPCODE2("div.rn.f64", f64, f64, f64, a / b);
OPCODE2("div.rz.f64", f64, f64, f64, rounded(kZero, quotient<f64>, a, b));
OPCODE2("div.rp.f64", f64, f64, f64, rounded(kUp, quotient<f64>, a, b));
OPCODE1("sqrt.rn.f64", f64, f64, std::sqrt(a));
OPCODE1("sqrt.rm.f64", f64, f64, rounded(kDown, root<f64>, a, 0.0));
OPCODE1("rcp.rn.f64", f64, f64, 1 / a);
OPCODE1("rcp.rp.f64", f64, f64, rounded(kUp, quotient<f64>, 1.0, a));
OPCODE1("abs.f64", f64, f64, std::fabs(a));
OPCODE1("neg.f64", f64, f64, -a);
OPCODE2("min.f64", f64, f64, f64, ptx_min(a, b));
OPCODE2("max.f64", f64, f64, f64, ptx_max(a, b));
OPCODE2("copysign.f64", f64, f64, f64, std::copysign(b, a));

// ---- comparisons: the plain ones are false with a NaN, those with u are true ----

#define SETP(TEXT) "{ .reg .pred p; setp." TEXT " p, %1, %2; selp.u32 %0, 1, 0, p; }"
ASM2(SETP("eq.f32"), u32, f32, f32, a == b);
ASM2(SETP("ne.f32"), u32, f32, f32, a<b || a> b);
ASM2(SETP("lt.f32"), u32, f32, f32, a < b);
ASM2(SETP("le.f32"), u32, f32, f32, a <= b);
ASM2(SETP("gt.f32"), u32, f32, f32, a > b);
ASM2(SETP("ge.f32"), u32, f32, f32, a >= b);
ASM2(SETP("equ.f32"), u32, f32, f32, !(a < b || a > b));
ASM2(SETP("neu.f32"), u32, f32, f32, a != b);
ASM2(SETP("ltu.f32"), u32, f32, f32, !(a >= b));
ASM2(SETP("leu.f32"), u32, f32, f32, !(a > b));
ASM2(SETP("gtu.f32"), u32, f32, f32, !(a <= b));
ASM2(SETP("geu.f32"), u32, f32, f32, !(a < b));
ASM2(SETP("num.f32"), u32, f32, f32, !is_nan(a) && !is_nan(b));
ASM2(SETP("nan.f32"), u32, f32, f32, is_nan(a) || is_nan(b));
ASM2(SETP("lt.ftz.f32"), u32, f32, f32, ftz(a) < ftz(b));
ASM2(SETP("eq.ftz.f32"), u32, f32, f32, ftz(a) == ftz(b));
ASM2(SETP("lt.f64"), u32, f64, f64, a < b);
ASM2(SETP("neu.f64"), u32, f64, f64, a != b);
ASM2(SETP("ge.f64"), u32, f64, f64, a >= b);
ASM2(SETP("ltu.f64"), u32, f64, f64, !(a >= b));
ASM2(SETP("nan.f64"), u32, f64, f64, is_nan(a) || is_nan(b));
ASM3(
    "{ .reg .pred p, q, r; setp.ne.u32 r, %3, 0; setp.lt.and.f32 p|q, %1, %2, r; selp.u32 %0, 1, 0, p; @q add.u32 %0, "
    "%0, 2; }",
    u32, f32, f32, u32, u32(a < b && c) + 2 * u32(!(a < b) && c));
OPCODE2("set.lt.u32.f32", u32, f32, f32, a < b ? 0xffffffffu : 0);
OPCODE2("set.geu.f32.f32", f32, f32, f32, !(a < b) ? 1.0f : 0.0f);
OPCODE2("set.le.f32.f64", f32, f64, f64, a <= b ? 1.0f : 0.0f);
OPCODE3("slct.f32.f32", f32, f32, f32, f32, c >= 0 ? a : b);
ASM3("{ .reg .pred p; setp.ne.u32 p, %3, 0; selp.f32 %0, %1, %2, p; }", f32, f32, f32, u32, c ? a : b);
ASM3("{ .reg .pred p; setp.ne.u32 p, %3, 0; selp.f64 %0, %1, %2, p; }", f64, f64, f64, u32, c ? a : b);

#define TESTP(TEXT) "{ .reg .pred p; testp." TEXT " p, %1; selp.u32 %0, 1, 0, p; }"
ASM1(TESTP("finite.f32"), u32, f32, std::isfinite(a));
ASM1(TESTP("infinite.f32"), u32, f32, std::isinf(a));
ASM1(TESTP("number.f32"), u32, f32, !is_nan(a));
ASM1(TESTP("notanumber.f32"), u32, f32, is_nan(a));
// Zeros count as normal.
ASM1(TESTP("normal.f32"), u32, f32, std::isnormal(a) || a == 0);
ASM1(TESTP("subnormal.f32"), u32, f32, std::fpclassify(a) == FP_SUBNORMAL);
ASM1(TESTP("finite.f64"), u32, f64, std::isfinite(a));
ASM1(TESTP("subnormal.f64"), u32, f64, std::fpclassify(a) == FP_SUBNORMAL);

}  // namespace cudaemu_test::floating
