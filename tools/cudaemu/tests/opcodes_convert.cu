// SPDX-License-Identifier: Apache-2.0
// cvt: between integers, floats of all widths, in all roundings; NaN, infinity and values out of range.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::convert {

constexpr const char* kGroup = "convert";

constexpr auto kNear = Round::kNearest;
constexpr auto kZero = Round::kZero;
constexpr auto kDown = Round::kDown;
constexpr auto kUp = Round::kUp;

template <class T>
T integral(Round mode, T x) {  // cvt.rni.f32.f32 and its kin: stays a float, keeps the sign of zero
  return mode == kNear   ? std::nearbyint(x)
         : mode == kZero ? std::trunc(x)
         : mode == kDown ? std::floor(x)
                         : std::ceil(x);
}
u32 pack(f64 high, f64 low, Format format, Round mode = kNear) {
  return encode(format, high, mode) << 16 | encode(format, low, mode);
}
f64 positive(f64 x) { return x != x || x > 0 ? x : 0; }
f32 tensor32(f32 x) { return x != x ? x : std::bit_cast<f32>(encode(kTensor32, x, kNear, true) << 13); }

// ---- float to integer ----

OPCODE1("cvt.rni.s32.f32", s32, f32, to_integer<s32>(kNear, a));
OPCODE1("cvt.rzi.s32.f32", s32, f32, to_integer<s32>(kZero, a));
OPCODE1("cvt.rmi.s32.f32", s32, f32, to_integer<s32>(kDown, a));
OPCODE1("cvt.rpi.s32.f32", s32, f32, to_integer<s32>(kUp, a));
OPCODE1("cvt.rzi.ftz.s32.f32", s32, f32, to_integer<s32>(kZero, a));
OPCODE1("cvt.rpi.ftz.s32.f32", s32, f32, to_integer<s32>(kUp, ftz(a)));
OPCODE1("cvt.rni.u32.f32", u32, f32, to_integer<u32>(kNear, a));
OPCODE1("cvt.rzi.u32.f32", u32, f32, to_integer<u32>(kZero, a));
OPCODE1("cvt.rmi.u32.f32", u32, f32, to_integer<u32>(kDown, a));
OPCODE1("cvt.rpi.u32.f32", u32, f32, to_integer<u32>(kUp, a));
OPCODE1("cvt.rzi.s64.f32", s64, f32, to_integer<s64>(kZero, a));
OPCODE1("cvt.rni.s64.f32", s64, f32, to_integer<s64>(kNear, a));
OPCODE1("cvt.rzi.u64.f32", u64, f32, to_integer<u64>(kZero, a));
OPCODE1("cvt.rzi.s16.f32", s16, f32, to_integer<s16>(kZero, a));
OPCODE1("cvt.rni.u16.f32", u16, f32, to_integer<u16>(kNear, a));
OPCODE1("cvt.rzi.u8.f32", u16, f32, u16(to_integer<u8>(kZero, a)));
OPCODE1("cvt.rni.s8.f32", s16, f32, s16(to_integer<s8>(kNear, a)));
OPCODE1("cvt.rni.s32.f64", s32, f64, to_integer<s32>(kNear, a));
OPCODE1("cvt.rzi.s32.f64", s32, f64, to_integer<s32>(kZero, a));
OPCODE1("cvt.rmi.s32.f64", s32, f64, to_integer<s32>(kDown, a));
OPCODE1("cvt.rpi.s32.f64", s32, f64, to_integer<s32>(kUp, a));
OPCODE1("cvt.rzi.u32.f64", u32, f64, to_integer<u32>(kZero, a));
OPCODE1("cvt.rni.s64.f64", s64, f64, to_integer<s64>(kNear, a));
OPCODE1("cvt.rzi.s64.f64", s64, f64, to_integer<s64>(kZero, a));
OPCODE1("cvt.rmi.u64.f64", u64, f64, to_integer<u64>(kDown, a));
OPCODE1("cvt.rzi.u64.f64", u64, f64, to_integer<u64>(kZero, a));
OPCODE1("cvt.rni.s32.f16", s32, f16, to_integer<s32>(kNear, f32(value(a))));
OPCODE1("cvt.rzi.u32.f16", u32, f16, to_integer<u32>(kZero, f32(value(a))));
OPCODE1("cvt.rmi.s16.f16", s16, f16, to_integer<s16>(kDown, f32(value(a))));
OPCODE1("cvt.rpi.s64.f16", s64, f16, to_integer<s64>(kUp, f32(value(a))));
OPCODE1("cvt.rni.f32.f32", f32, f32, integral(kNear, a));
OPCODE1("cvt.rzi.f32.f32", f32, f32, integral(kZero, a));
OPCODE1("cvt.rmi.f32.f32", f32, f32, integral(kDown, a));
OPCODE1("cvt.rpi.f32.f32", f32, f32, integral(kUp, a));
OPCODE1("cvt.rmi.ftz.f32.f32", f32, f32, integral(kDown, ftz(a)));
OPCODE1("cvt.rni.sat.f32.f32", f32, f32, saturate(integral(kNear, a)));
OPCODE1("cvt.sat.f32.f32", f32, f32, saturate(a));
OPCODE1("cvt.ftz.f32.f32", f32, f32, ftz(a));
OPCODE1("cvt.rni.f64.f64", f64, f64, integral(kNear, a));
OPCODE1("cvt.rpi.f64.f64", f64, f64, integral(kUp, a));

// ---- integer to float ----

OPCODE1("cvt.rn.f32.s32", f32, s32, narrowed<f32>(kNear, s64(a)));
OPCODE1("cvt.rz.f32.s32", f32, s32, narrowed<f32>(kZero, s64(a)));
OPCODE1("cvt.rm.f32.s32", f32, s32, narrowed<f32>(kDown, s64(a)));
OPCODE1("cvt.rp.f32.s32", f32, s32, narrowed<f32>(kUp, s64(a)));
OPCODE1("cvt.rn.f32.u32", f32, u32, narrowed<f32>(kNear, s64(a)));
OPCODE1("cvt.rz.f32.u32", f32, u32, narrowed<f32>(kZero, s64(a)));
OPCODE1("cvt.rp.f32.u32", f32, u32, narrowed<f32>(kUp, s64(a)));
OPCODE1("cvt.rn.f32.s64", f32, s64, narrowed<f32>(kNear, a));
OPCODE1("cvt.rz.f32.s64", f32, s64, narrowed<f32>(kZero, a));
OPCODE1("cvt.rm.f32.s64", f32, s64, narrowed<f32>(kDown, a));
OPCODE1("cvt.rn.f32.u64", f32, u64, f32(a));
OPCODE1("cvt.rz.f32.u64", f32, u64,
        a >> 63 ? 2 * narrowed<f32>(kZero, s64(a >> 1 | (a & 1))) : narrowed<f32>(kZero, s64(a)));
OPCODE1("cvt.rn.f32.s16", f32, s16, f32(a));
OPCODE1("cvt.rn.f32.u16", f32, u16, f32(a));
ASM1("{ .reg .b16 t; mov.b16 t, %1; cvt.rn.f32.u8 %0, t; }", f32, u16, f32(u8(a)));
ASM1("{ .reg .b16 t; mov.b16 t, %1; cvt.rn.f32.s8 %0, t; }", f32, u16, f32(s8(a)));
OPCODE1("cvt.rn.f64.s32", f64, s32, f64(a));
OPCODE1("cvt.rn.f64.u32", f64, u32, f64(a));
OPCODE1("cvt.rn.f64.s64", f64, s64, f64(a));
OPCODE1("cvt.rz.f64.s64", f64, s64, narrowed<f64>(kZero, a));
OPCODE1("cvt.rp.f64.s64", f64, s64, narrowed<f64>(kUp, a));
OPCODE1("cvt.rn.f64.u64", f64, u64, f64(a));
OPCODE1("cvt.rn.f16.s32", f16, s32, f16{u16(encode(kHalf, f64(a)))});
OPCODE1("cvt.rn.f16.u32", f16, u32, f16{u16(encode(kHalf, f64(a)))});
OPCODE1("cvt.rz.f16.s32", f16, s32, f16{u16(encode(kHalf, f64(a), kZero))});
OPCODE1("cvt.rn.f16.u16", f16, u16, f16{u16(encode(kHalf, f64(a)))});
OPCODE1("cvt.rm.f16.s16", f16, s16, f16{u16(encode(kHalf, f64(a), kDown))});
OPCODE1("cvt.rn.bf16.s32", bf16, s32, bf16{u16(encode(kBrain, f64(a)))});
OPCODE1("cvt.rn.bf16.u16", bf16, u16, bf16{u16(encode(kBrain, f64(a)))});

// ---- float to float ----

OPCODE1("cvt.f64.f32", f64, f32, f64(a));
OPCODE1("cvt.ftz.f64.f32", f64, f32, f64(ftz(a)));
OPCODE1("cvt.rn.f32.f64", f32, f64, f32(a));
OPCODE1("cvt.rz.f32.f64", f32, f64, narrowed<f32>(kZero, a));
OPCODE1("cvt.rm.f32.f64", f32, f64, narrowed<f32>(kDown, a));
OPCODE1("cvt.rp.f32.f64", f32, f64, narrowed<f32>(kUp, a));
OPCODE1("cvt.rn.sat.f32.f64", f32, f64, saturate(f32(a)));
OPCODE1("cvt.f32.f16", f32, f16, f32(value(a)));
OPCODE1("cvt.f32.bf16", f32, bf16, f32(value(a)));
OPCODE1("cvt.f64.f16", f64, f16, value(a));
OPCODE1("cvt.rn.f16.f32", f16, f32, f16{u16(encode(kHalf, a))});
OPCODE1("cvt.rz.f16.f32", f16, f32, f16{u16(encode(kHalf, a, kZero))});
OPCODE1("cvt.rm.f16.f32", f16, f32, f16{u16(encode(kHalf, a, kDown))});
OPCODE1("cvt.rp.f16.f32", f16, f32, f16{u16(encode(kHalf, a, kUp))});
OPCODE1("cvt.rn.sat.f16.f32", f16, f32, f16{u16(encode(kHalf, saturate(a)))});
OPCODE1("cvt.rn.f16.f64", f16, f64, f16{u16(encode(kHalf, a))});
OPCODE1("cvt.rn.relu.f16.f32", f16, f32, f16{u16(encode(kHalf, positive(a)))});
OPCODE1("cvt.rn.bf16.f32", bf16, f32, bf16{u16(encode(kBrain, a))});
OPCODE1("cvt.rz.bf16.f32", bf16, f32, bf16{u16(encode(kBrain, a, kZero))});
OPCODE1("cvt.rn.relu.bf16.f32", bf16, f32, bf16{u16(encode(kBrain, positive(a)))});
OPCODE2("cvt.rn.f16x2.f32", f16x2, f32, f32, f16x2{pack(a, b, kHalf)});
OPCODE2("cvt.rz.f16x2.f32", f16x2, f32, f32, f16x2{pack(a, b, kHalf, kZero)});
OPCODE2("cvt.rn.relu.f16x2.f32", f16x2, f32, f32, f16x2{pack(positive(a), positive(b), kHalf)});
OPCODE2("cvt.rn.bf16x2.f32", bf16x2, f32, f32, bf16x2{pack(a, b, kBrain)});
OPCODE2("cvt.rz.bf16x2.f32", bf16x2, f32, f32, bf16x2{pack(a, b, kBrain, kZero)});
OPCODE2("cvt.rn.relu.bf16x2.f32", bf16x2, f32, f32, bf16x2{pack(positive(a), positive(b), kBrain)});
// The 13 low bits of the result have no defined value.
ASM1("{ .reg .b32 t; cvt.rna.tf32.f32 t, %1; and.b32 t, t, 0xffffe000; mov.b32 %0, t; }", f32, f32, tensor32(a));
OPCODE1("cvt.rni.f16.f16", f16, f16, make16<f16>(integral(kNear, value(a))));
OPCODE1("cvt.rpi.f16.f16", f16, f16, make16<f16>(integral(kUp, value(a))));
OPCODE1("cvt.rzi.f16.f16", f16, f16, make16<f16>(integral(kZero, value(a))));

// ---- integer to integer: sign or zero extension, truncation, saturation ----

OPCODE1("cvt.s64.s32", s64, s32, s64(a));
OPCODE1("cvt.u64.u32", u64, u32, u64(a));
OPCODE1("cvt.s64.u32", s64, u32, s64(a));
OPCODE1("cvt.u64.s32", u64, s32, u64(s64(a)));
OPCODE1("cvt.u32.u64", u32, u64, u32(a));
OPCODE1("cvt.s32.s64", s32, s64, s32(u32(u64(a))));
OPCODE1("cvt.u16.u32", u16, u32, u16(a));
OPCODE1("cvt.s32.s16", s32, s16, s32(a));
OPCODE1("cvt.u32.u16", u32, u16, u32(a));
OPCODE1("cvt.u32.s16", u32, s16, u32(s32(a)));
OPCODE1("cvt.s64.s16", s64, s16, s64(a));
OPCODE1("cvt.u32.u8", u32, u32, u32(u8(a)));
OPCODE1("cvt.s32.s8", s32, u32, s32(s8(a)));
OPCODE1("cvt.s16.s8", s16, u16, s16(s8(a)));
OPCODE1("cvt.u16.u8", u16, u16, u16(u8(a)));
OPCODE1("cvt.s64.s8", s64, u64, s64(s8(a)));
OPCODE1("cvt.sat.s8.s32", s32, s32, s32(clamp_integer<s8>(a)));
OPCODE1("cvt.sat.u8.s32", u32, s32, u32(clamp_integer<u8>(a)));
OPCODE1("cvt.sat.s16.s32", s16, s32, clamp_integer<s16>(a));
OPCODE1("cvt.sat.u16.u32", u16, u32, clamp_integer<u16>(a));
OPCODE1("cvt.sat.s32.s64", s32, s64, clamp_integer<s32>(a));
OPCODE1("cvt.sat.u32.s64", u32, s64, clamp_integer<u32>(a));
OPCODE1("cvt.sat.s32.u32", s32, u32, clamp_integer<s32>(a));
OPCODE1("cvt.sat.u32.s32", u32, s32, clamp_integer<u32>(a));
OPCODE1("cvt.sat.s64.u64", s64, u64, clamp_integer<s64>(a));
OPCODE3("cvt.pack.sat.s8.s32.b32", u32, s32, s32, u32,
        c << 16 | u32(u8(clamp_integer<s8>(a))) << 8 | u8(clamp_integer<s8>(b)));
OPCODE3("cvt.pack.sat.u8.s32.b32", u32, s32, s32, u32, c << 16 | u32(clamp_integer<u8>(a)) << 8 | clamp_integer<u8>(b));
OPCODE2("cvt.pack.sat.s16.s32", u32, s32, s32, u32(u16(clamp_integer<s16>(a))) << 16 | u16(clamp_integer<s16>(b)));

}  // namespace cudaemu_test::convert
