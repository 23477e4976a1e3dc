// SPDX-License-Identifier: Apache-2.0
// Tests of single PTX instructions: one line of a test file names the instruction, the types of result and operands,
// and the same in C++ for the host. Each becomes a kernel, run over the edge values of its operand types (all pairs;
// of triples an even sample), and is compared bit by bit; any NaN equals any NaN.
//
//   OPCODE2("add.s32", s32, s32, s32, wrapping_sum(a, b));       operands are a, b, c, e
//   ASM2("{ .reg .pred p; ... %0, %1, %2; }", ...);              the whole text instead of a mnemonic
//   APPROX1("ex2.approx.f32", relative error, f32, f32, exp2(a));
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tools/cudaemu/tests/reference.h"

namespace cudaemu_test {

// ---- what the macros below are made of ----

#define CUDAEMU_REG_u16 "h"
#define CUDAEMU_REG_s16 "h"
#define CUDAEMU_REG_u32 "r"
#define CUDAEMU_REG_s32 "r"
#define CUDAEMU_REG_u64 "l"
#define CUDAEMU_REG_s64 "l"
#define CUDAEMU_REG_f32 "f"
#define CUDAEMU_REG_f64 "d"
#define CUDAEMU_REG_f16 "h"
#define CUDAEMU_REG_bf16 "h"
#define CUDAEMU_REG_f16x2 "r"
#define CUDAEMU_REG_bf16x2 "r"
#define CUDAEMU_REG(T) CUDAEMU_REG_##T

template <class T>
struct Raw {
  using Type = T;
};
template <>
struct Raw<f16> {
  using Type = u16;
};
template <>
struct Raw<bf16> {
  using Type = u16;
};
template <>
struct Raw<f16x2> {
  using Type = u32;
};
template <>
struct Raw<bf16x2> {
  using Type = u32;
};

// A value in the low bytes of 64 bits: how operands travel to the device and back.
template <class T>
__host__ __device__ T from_slot(u64 slot) {
  T value;
  memcpy(&value, &slot, sizeof(T));
  return value;
}
template <class T>
__host__ __device__ u64 to_slot(T value) {
  u64 slot = 0;
  memcpy(&slot, &value, sizeof(T));
  return slot;
}

constexpr int kMaxOperands = 4;

template <class Op>
__global__ void apply(const u64* operands, u64* results, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) results[i] = Op::device(operands + i * kMaxOperands);
}

// ---- edge values ----

template <class T>
const std::vector<T>& edges();

// ---- running and counting ----

struct Case {
  const char* group;
  const char* text;
  int operands;
  f64 tolerance;  // 0: bit by bit; else see within()
  std::vector<u64> edges[kMaxOperands];
  u64 (*host)(const u64*);
  void (*launch)(const u64*, u64*, int);
  bool (*same)(u64 expected, u64 got, f64 tolerance);
};
std::vector<Case>& cases();

// A group of checks that is no single opcode: lane layouts, atomics under contention. It returns what differed, or "".
struct Scenario {
  const char* group;
  const char* text;
  std::string (*run)();
};
std::vector<Scenario>& scenarios();

// "" or what the CUDA runtime complains of.
inline std::string cuda_problem(cudaError_t error) {
  return error == cudaSuccess ? "" : std::string("CUDA: ") + cudaGetErrorString(error);
}

// A positive tolerance is relative (denormals: one unit of f32 more), a negative one absolute up to 1, then relative.
inline bool within(f64 expected, f64 got, f64 tolerance) {
  const f64 size = std::fabs(expected);
  const f64 allowed = tolerance > 0 ? tolerance * size + std::ldexp(1.0, -149) : -tolerance * std::max(size, 1.0);
  return std::fabs(expected - got) <= allowed;
}

template <class T>
bool same_value(u64 expected_slot, u64 got_slot, f64 tolerance) {
  const T expected = from_slot<T>(expected_slot), got = from_slot<T>(got_slot);
  if constexpr (std::is_floating_point_v<T>) {
    if (expected != expected || got != got) return expected != expected && got != got;
    if (tolerance != 0 && std::isfinite(expected) && std::isfinite(got)) {
      return within(expected, got, tolerance);
    }
  } else if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
    const f64 e = value(expected), g = value(got);
    if (e != e || g != g) return e != e && g != g;
    if (tolerance != 0 && std::isfinite(e) && std::isfinite(g)) return within(e, g, tolerance);
  } else if constexpr (std::is_same_v<T, f16x2> || std::is_same_v<T, bf16x2>) {
    return same_value<decltype(low(T{}))>(to_slot(low(expected)), to_slot(low(got)), tolerance) &&
           same_value<decltype(low(T{}))>(to_slot(high(expected)), to_slot(high(got)), tolerance);
  }
  return expected_slot == got_slot;
}

template <class... T>
bool register_case(const char* group, const char* text, f64 tolerance, u64 (*host)(const u64*),
                   void (*launch)(const u64*, u64*, int), bool (*same)(u64, u64, f64)) {
  Case added{group, text, sizeof...(T), tolerance, {}, host, launch, same};
  int next = 0;
  const auto slots = [&](const auto& values) {
    for (const auto value : values) added.edges[next].push_back(to_slot(value));
    ++next;
  };
  (slots(edges<T>()), ...);
  cases().push_back(added);
  return true;
}

#define CUDAEMU_PASTE2(a, b) a##b
#define CUDAEMU_PASTE(a, b) CUDAEMU_PASTE2(a, b)
#define CUDAEMU_OP CUDAEMU_PASTE(Op, __LINE__)
#define CUDAEMU_LIST(...) __VA_ARGS__
#define CUDAEMU_OUT(D) "=" CUDAEMU_REG(D)(result)
#define CUDAEMU_IN(T, index) CUDAEMU_REG(T)(from_slot<Raw<T>::Type>(operands[index]))
#define CUDAEMU_NAMED(T, name, index) [[maybe_unused]] const T name = from_slot<T>(operands[index]);

// ASM and TYPES come in parentheses; kGroup is a constant of the test file, which has a namespace of its own.
#define CUDAEMU_CASE(NAME, TOLERANCE, D, ASM, TYPES, OPERANDS, ...)                   \
  struct CUDAEMU_OP {                                                                 \
    static __device__ u64 device(const u64* operands) {                               \
      Raw<D>::Type result;                                                            \
      asm volatile ASM;                                                               \
      return to_slot(result);                                                         \
    }                                                                                 \
    static u64 host(const u64* operands) { OPERANDS return to_slot<D>(__VA_ARGS__); } \
    static void launch(const u64* operands, u64* results, int n) {                    \
      apply<CUDAEMU_OP><<<(n + 127) / 128, 128>>>(operands, results, n);              \
    }                                                                                 \
  };                                                                                  \
  static const bool CUDAEMU_PASTE(registered, __LINE__) =                             \
      register_case<CUDAEMU_LIST TYPES>(kGroup, NAME, TOLERANCE, CUDAEMU_OP::host, CUDAEMU_OP::launch, same_value<D>)

#define CUDAEMU_1(NAME, TEXT, TOLERANCE, D, A, ...) \
  CUDAEMU_CASE(NAME, TOLERANCE, D, (TEXT : CUDAEMU_OUT(D) : CUDAEMU_IN(A, 0)), (A), CUDAEMU_NAMED(A, a, 0), __VA_ARGS__)
#define CUDAEMU_2(NAME, TEXT, TOLERANCE, D, A, B, ...) \
  CUDAEMU_CASE(NAME, TOLERANCE, D,                     \
               (TEXT                                   \
                : CUDAEMU_OUT(D)                       \
                : CUDAEMU_IN(A, 0), CUDAEMU_IN(B, 1)), \
               (A, B), CUDAEMU_NAMED(A, a, 0) CUDAEMU_NAMED(B, b, 1), __VA_ARGS__)
#define CUDAEMU_3(NAME, TEXT, TOLERANCE, D, A, B, C, ...)                \
  CUDAEMU_CASE(NAME, TOLERANCE, D,                                       \
               (TEXT                                                     \
                : CUDAEMU_OUT(D)                                         \
                : CUDAEMU_IN(A, 0), CUDAEMU_IN(B, 1), CUDAEMU_IN(C, 2)), \
               (A, B, C), CUDAEMU_NAMED(A, a, 0) CUDAEMU_NAMED(B, b, 1) CUDAEMU_NAMED(C, c, 2), __VA_ARGS__)
#define CUDAEMU_4(NAME, TEXT, TOLERANCE, D, A, B, C, E, ...)                                                \
  CUDAEMU_CASE(NAME, TOLERANCE, D,                                                                          \
               (TEXT                                                                                        \
                : CUDAEMU_OUT(D)                                                                            \
                : CUDAEMU_IN(A, 0), CUDAEMU_IN(B, 1), CUDAEMU_IN(C, 2), CUDAEMU_IN(E, 3)),                  \
               (A, B, C, E),                                                                                \
               CUDAEMU_NAMED(A, a, 0) CUDAEMU_NAMED(B, b, 1) CUDAEMU_NAMED(C, c, 2) CUDAEMU_NAMED(E, e, 3), \
               __VA_ARGS__)

#define OPCODE1(TEXT, D, A, ...) CUDAEMU_1(TEXT, TEXT " %0, %1;", 0, D, A, __VA_ARGS__)
#define OPCODE2(TEXT, D, A, B, ...) CUDAEMU_2(TEXT, TEXT " %0, %1, %2;", 0, D, A, B, __VA_ARGS__)
#define OPCODE3(TEXT, D, A, B, C, ...) CUDAEMU_3(TEXT, TEXT " %0, %1, %2, %3;", 0, D, A, B, C, __VA_ARGS__)
#define OPCODE4(TEXT, D, A, B, C, E, ...) CUDAEMU_4(TEXT, TEXT " %0, %1, %2, %3, %4;", 0, D, A, B, C, E, __VA_ARGS__)
#define ASM1(TEXT, D, A, ...) CUDAEMU_1(TEXT, TEXT, 0, D, A, __VA_ARGS__)
#define ASM2(TEXT, D, A, B, ...) CUDAEMU_2(TEXT, TEXT, 0, D, A, B, __VA_ARGS__)
#define ASM3(TEXT, D, A, B, C, ...) CUDAEMU_3(TEXT, TEXT, 0, D, A, B, C, __VA_ARGS__)
#define ASM4(TEXT, D, A, B, C, E, ...) CUDAEMU_4(TEXT, TEXT, 0, D, A, B, C, E, __VA_ARGS__)
#define APPROX_ASM1(TEXT, TOLERANCE, D, A, ...) CUDAEMU_1(TEXT, TEXT, TOLERANCE, D, A, __VA_ARGS__)
#define APPROX_ASM2(TEXT, TOLERANCE, D, A, B, ...) CUDAEMU_2(TEXT, TEXT, TOLERANCE, D, A, B, __VA_ARGS__)
#define APPROX1(TEXT, TOLERANCE, D, A, ...) CUDAEMU_1(TEXT, TEXT " %0, %1;", TOLERANCE, D, A, __VA_ARGS__)
#define APPROX2(TEXT, TOLERANCE, D, A, B, ...) CUDAEMU_2(TEXT, TEXT " %0, %1, %2;", TOLERANCE, D, A, B, __VA_ARGS__)

}  // namespace cudaemu_test
