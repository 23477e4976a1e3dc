// SPDX-License-Identifier: Apache-2.0
// Loads, stores, asynchronous copies and atomics on single cells, in global, shared, local and generic addresses.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::memory {

constexpr const char* kGroup = "memory";
constexpr int kBlock = 128;

// ---- loads, stores, copies: each thread owns 32 bytes of global, shared and local memory ----

template <class Op>
__global__ void apply_memory(const u64* operands, u64* results, int n) {
  __shared__ alignas(32) u64 shared[kBlock * 4];
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  u64* mine = shared + threadIdx.x * 4;
  u64 local[4];
  for (int j = 0; j < 4; ++j) mine[j] = local[j] = ~u64(j);
  results[i] = Op::device(operands + i * 4, static_cast<u32>(__cvta_generic_to_shared(mine)), mine, local);
}

// %1 global, %2 shared (32 bits), %3 the same as generic address, %4 local as generic address.
// The host sees the 32 global bytes as w[0..3]; shared and local memory hold ~0, ~1, ~2, ~3.
#define MEMORY(TEXT, D, ...)                                                                      \
  struct CUDAEMU_OP {                                                                             \
    static __device__ u64 device(const u64* global, u32 shared, u64* generic, u64* local) {       \
      Raw<D>::Type result;                                                                        \
      asm volatile("{ .reg .b8 q<4>; .reg .b16 h<4>; .reg .b32 x<4>; .reg .b64 y<4>; " TEXT " }"  \
                   : CUDAEMU_OUT(D)                                                               \
                   : "l"(__cvta_generic_to_global(global)), "r"(shared), "l"(generic), "l"(local) \
                   : "memory");                                                                   \
      return to_slot(result);                                                                     \
    }                                                                                             \
    static u64 host(const u64* w) { return to_slot<D>(__VA_ARGS__); }                             \
    static void launch(const u64* operands, u64* results, int n) {                                \
      apply_memory<CUDAEMU_OP><<<(n + kBlock - 1) / kBlock, kBlock>>>(operands, results, n);      \
    }                                                                                             \
  };                                                                                              \
  static const bool CUDAEMU_PASTE(registered, __LINE__) =                                         \
      register_case<u64, u64, u64, u64>(kGroup, TEXT, 0, CUDAEMU_OP::host, CUDAEMU_OP::launch, same_value<D>)

u64 mixed(u64 a, u64 b) { return a ^ (b << 1 | b >> 63); }
#define MIX_X "mov.b64 y0, {x0, x1}; mov.b64 y1, {x2, x3}; " MIX_Y
#define MIX_Y "shl.b64 y2, y1, 1; shr.u64 y3, y1, 63; or.b64 y2, y2, y3; xor.b64 %0, y0, y2;"

MEMORY("ld.global.u8 %0, [%1+3];", u32, u32(w[0] >> 24 & 0xff));
MEMORY("ld.global.s8 %0, [%1+7];", s32, s32(s8(w[0] >> 56)));
MEMORY("ld.global.b8 %0, [%1+9];", u32, u32(w[1] >> 8 & 0xff));
MEMORY("ld.global.u16 %0, [%1+2];", u32, u32(w[0] >> 16 & 0xffff));
MEMORY("ld.global.s16 %0, [%1+14];", s32, s32(s16(w[1] >> 48)));
MEMORY("ld.global.s16 %0, [%1+14];", s64, s64(s16(w[1] >> 48)));
MEMORY("ld.global.s32 %0, [%1+4];", s64, s64(s32(w[0] >> 32)));
MEMORY("ld.global.u32 %0, [%1+4];", u64, w[0] >> 32);
MEMORY("ld.global.b64 %0, [%1+24];", u64, w[3]);
MEMORY("add.u64 y0, %1, 32; ld.global.u64 %0, [y0+-16];", u64, w[2]);
MEMORY("ld.global.f32 %0, [%1+8];", f32, std::bit_cast<f32>(u32(w[1])));
MEMORY("ld.global.f64 %0, [%1+8];", f64, std::bit_cast<f64>(w[1]));
MEMORY("ld.global.v2.u8 {h0, h1}, [%1+2]; mov.b32 %0, {h0, h1};", u32,
       u32(w[0] >> 16 & 0xff) | u32(w[0] >> 24 & 0xff) << 16);
MEMORY("ld.global.v4.u8 {h0, h1, h2, h3}, [%1+4]; mov.b64 %0, {h3, h2, h1, h0};", u64,
       (w[0] >> 56) | (w[0] >> 48 & 0xff) << 16 | (w[0] >> 40 & 0xff) << 32 | (w[0] >> 32 & 0xff) << 48);
MEMORY("ld.global.v4.s8 {h0, h1, h2, h3}, [%1+4]; mov.b64 %0, {h0, h1, h2, h3};", u64,
       u64(u16(s8(w[0] >> 32))) | u64(u16(s8(w[0] >> 40))) << 16 | u64(u16(s8(w[0] >> 48))) << 32 |
           u64(u16(s8(w[0] >> 56))) << 48);
MEMORY("ld.global.v2.b16 {h0, h1}, [%1+4]; mov.b32 %0, {h1, h0};", u32, u32(w[0] >> 32) << 16 | u32(w[0] >> 48));
MEMORY("ld.global.v4.b16 {h0, h1, h2, h3}, [%1+8]; mov.b64 %0, {h0, h1, h2, h3};", u64, w[1]);
MEMORY("ld.global.v2.b32 {x0, x1}, [%1+8]; mov.b64 %0, {x1, x0};", u64, w[1] << 32 | w[1] >> 32);
MEMORY("ld.global.v4.b32 {x0, x1, x2, x3}, [%1+16]; " MIX_X, u64, mixed(w[2], w[3]));
MEMORY("ld.global.v4.f32 {x0, x1, x2, x3}, [%1]; " MIX_X, u64, mixed(w[0], w[1]));
MEMORY("ld.global.v2.u64 {y0, y1}, [%1+16]; " MIX_Y, u64, mixed(w[2], w[3]));
MEMORY("ld.global.v2.f64 {y0, y1}, [%1]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.global.nc.u32 %0, [%1+4];", u32, u32(w[0] >> 32));
MEMORY("ld.global.nc.v4.b32 {x0, x1, x2, x3}, [%1+16]; " MIX_X, u64, mixed(w[2], w[3]));
MEMORY("ld.global.nc.L1::no_allocate.L2::128B.v2.u64 {y0, y1}, [%1]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.global.ca.u64 y0, [%1]; ld.global.cg.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.global.cs.u64 y0, [%1]; ld.global.cv.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.global.lu.u64 y0, [%1]; ldu.global.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.volatile.global.u64 y0, [%1]; ld.weak.global.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.relaxed.gpu.global.u64 y0, [%1]; ld.acquire.gpu.global.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.relaxed.sys.global.u64 y0, [%1]; ld.acquire.cta.global.u64 y1, [%1+8]; " MIX_Y, u64, mixed(w[0], w[1]));
MEMORY("ld.u64 y0, [%1]; ld.u64 y1, [%3+8]; " MIX_Y, u64, mixed(w[0], ~u64(1)));
MEMORY("prefetch.global.L1 [%1]; prefetch.global.L2 [%1]; prefetchu.L1 [%1]; ld.global.u64 %0, [%1];", u64, w[0]);
MEMORY("fence.acq_rel.gpu; fence.sc.sys; fence.acq_rel.cta; membar.cta; membar.gl; membar.sys; ld.global.u64 %0, [%1];",
       u64, w[0]);

MEMORY("ld.shared.u64 %0, [%2+16];", u64, ~u64(2));
MEMORY("ld.shared.s8 %0, [%2];", s32, -1);
MEMORY("ld.global.u64 y0, [%1]; st.shared.u8 [%2+1], y0; ld.shared.u64 %0, [%2];", u64,
       0xffffffffffff00ff | (w[0] & 0xff) << 8);
MEMORY("ld.global.u32 x0, [%1]; st.shared.u16 [%2+2], x0; ld.shared.u64 %0, [%2];", u64,
       0xffffffff0000ffff | (w[0] & 0xffff) << 16);
MEMORY("ld.global.u32 x0, [%1]; st.shared.b32 [%2+4], x0; ld.shared.u64 %0, [%2];", u64, 0xffffffff | w[0] << 32);
MEMORY("ld.global.v2.u32 {x0, x1}, [%1]; st.shared.v2.b32 [%2+8], {x1, x0}; ld.shared.u64 %0, [%2+8];", u64,
       w[0] << 32 | w[0] >> 32);
MEMORY(
    "ld.global.v4.u32 {x0, x1, x2, x3}, [%1]; st.shared.v4.u32 [%2+16], {x3, x2, x1, x0};"
    " ld.shared.v4.u32 {x0, x1, x2, x3}, [%2+16]; " MIX_X,
    u64, mixed(w[1] << 32 | w[1] >> 32, w[0] << 32 | w[0] >> 32));
MEMORY("ld.global.v2.u64 {y0, y1}, [%1]; st.shared.v2.u64 [%2], {y1, y0}; ld.shared.v2.u64 {y0, y1}, [%2]; " MIX_Y, u64,
       mixed(w[1], w[0]));
MEMORY("ld.global.v4.u16 {h0, h1, h2, h3}, [%1]; st.shared.v4.u8 [%2], {h0, h1, h2, h3}; ld.shared.u32 %0, [%2];", u32,
       u32(w[0] & 0xff) | u32(w[0] >> 16 & 0xff) << 8 | u32(w[0] >> 32 & 0xff) << 16 | u32(w[0] >> 48 & 0xff) << 24);
MEMORY("ld.global.u64 y0, [%1]; st.volatile.shared.u64 [%2], y0; ld.volatile.shared.u64 %0, [%2];", u64, w[0]);
MEMORY("ld.global.u64 y0, [%1]; st.relaxed.cta.shared.u64 [%2], y0; ld.acquire.cta.shared.u64 %0, [%2];", u64, w[0]);
MEMORY("ld.global.u64 y0, [%1]; st.release.cta.u64 [%3], y0; ld.acquire.cta.u64 %0, [%3];", u64, w[0]);
MEMORY("ld.global.u64 y0, [%1]; st.u64 [%3+8], y0; ld.shared.u64 %0, [%2+8];", u64, w[0]);
MEMORY("ld.global.u64 y0, [%1]; st.u64 [%4+8], y0; ld.u64 y1, [%4+16]; ld.u64 y0, [%4+8]; " MIX_Y, u64,
       mixed(w[0], ~u64(2)));
MEMORY("cvta.to.local.u64 y2, %4; ld.global.u64 y0, [%1]; st.local.u64 [y2+24], y0; ld.u64 %0, [%4+24];", u64, w[0]);
MEMORY("cvta.to.shared.u64 y2, %3; cvt.u32.u64 x0, y2; ld.shared.u64 %0, [x0+8];", u64, ~u64(1));
MEMORY("cvt.u64.u32 y0, %2; cvta.shared.u64 y1, y0; ld.u64 %0, [y1+8];", u64, ~u64(1));
MEMORY("cvta.global.u64 y1, %1; cvta.to.global.u64 y2, y1; ld.global.u64 %0, [y2+8];", u64, w[1]);
MEMORY(
    "{ .reg .pred p; isspacep.shared p, %3; selp.u32 x0, 1, 0, p; isspacep.global p, %1; selp.u32 x1, 2, 0, p;"
    " isspacep.local p, %4; selp.u32 x2, 4, 0, p; isspacep.shared p, %1; selp.u32 x3, 8, 0, p;"
    " or.b32 x0, x0, x1; or.b32 x2, x2, x3; or.b32 %0, x0, x2; }",
    u32, 7);

// ---- cp.async: to shared memory, visible to its own thread after the wait ----

#define WAITED " cp.async.commit_group; cp.async.wait_group 0; "
MEMORY("cp.async.ca.shared.global [%2], [%1], 4;" WAITED "ld.shared.u64 %0, [%2];", u64,
       0xffffffff00000000 | (w[0] & 0xffffffff));
MEMORY("cp.async.ca.shared.global [%2+8], [%1+8], 8;" WAITED "ld.shared.v2.u64 {y0, y1}, [%2]; " MIX_Y, u64,
       mixed(~u64(0), w[1]));
MEMORY("cp.async.cg.shared.global [%2], [%1+16], 16;" WAITED "ld.shared.v2.u64 {y0, y1}, [%2]; " MIX_Y, u64,
       mixed(w[2], w[3]));
MEMORY("cp.async.cg.shared.global [%2], [%1], 16, 8;" WAITED "ld.shared.v2.u64 {y0, y1}, [%2]; " MIX_Y, u64,
       mixed(w[0], 0));
MEMORY("mov.u32 x0, 0; cp.async.ca.shared.global [%2], [%1], 16, x0;" WAITED "ld.shared.v2.u64 {y0, y1}, [%2]; " MIX_Y,
       u64, 0);
MEMORY("cp.async.ca.shared.global.L2::128B [%2], [%1], 8; cp.async.wait_all; ld.shared.u64 %0, [%2];", u64, w[0]);
// The older of two groups is done after wait_group 1.
MEMORY(
    "cp.async.ca.shared.global [%2], [%1], 8; cp.async.commit_group; cp.async.ca.shared.global [%2+8], [%1+8], 8;"
    " cp.async.commit_group; cp.async.wait_group 1; ld.shared.u64 y0, [%2];"
    " cp.async.wait_group 0; ld.shared.u64 y1, [%2+8]; " MIX_Y,
    u64, mixed(w[0], w[1]));
MEMORY("{ .reg .pred p; setp.eq.u32 p, 0, 1; cp.async.ca.shared.global [%2], [%1], 8, p;" WAITED
       "ld.shared.u64 %0, [%2]; }",
       u64, w[0]);

// ---- atomics on a cell of one's own: memory after it, when what it returns is what was there ----

constexpr u64 kWrongOld = 0x0bad0bad0bad0bad;

template <class Op, class T, bool kShared>
__global__ void apply_atomic(const u64* operands, u64* results, int n) {
  __shared__ alignas(8) T cells[kBlock];
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const u64* mine = operands + i * kMaxOperands;
  T* cell = kShared ? cells + threadIdx.x : reinterpret_cast<T*>(results + i);
  *cell = from_slot<T>(mine[0]);
  const T old = Op::device(cell, from_slot<T>(mine[1]), from_slot<T>(mine[2]));
  const T now = *const_cast<volatile T*>(cell);
  results[i] = to_slot(old) == to_slot(from_slot<T>(mine[0])) ? to_slot(now) : kWrongOld;
}

#define ATOMIC_CASE(NAME, SUFFIX, D, SHARED, ASM, TYPES, ...)                                              \
  struct CUDAEMU_PASTE(CUDAEMU_OP, SUFFIX) {                                                               \
    using T = Raw<D>::Type;                                                                                \
    static __device__ T device(T* cell, T b, T c) {                                                        \
      T old = *cell;                                                                                       \
      const u64 at = SHARED ? __cvta_generic_to_shared(cell) : __cvta_generic_to_global(cell);             \
      asm volatile ASM;                                                                                    \
      return old;                                                                                          \
    }                                                                                                      \
    static u64 host(const u64* operands) {                                                                 \
      [[maybe_unused]] const bool shared = SHARED;                                                         \
      CUDAEMU_NAMED(D, a, 0) CUDAEMU_NAMED(D, b, 1) CUDAEMU_NAMED(D, c, 2) return to_slot<D>(__VA_ARGS__); \
    }                                                                                                      \
    static void launch(const u64* operands, u64* results, int n) {                                         \
      apply_atomic<CUDAEMU_PASTE(CUDAEMU_OP, SUFFIX), T, SHARED>                                           \
          <<<(n + kBlock - 1) / kBlock, kBlock>>>(operands, results, n);                                   \
    }                                                                                                      \
  };                                                                                                       \
  static const bool CUDAEMU_PASTE(registered##SUFFIX, __LINE__) =                                          \
      register_case<CUDAEMU_LIST TYPES>("atomic", NAME, 0, CUDAEMU_PASTE(CUDAEMU_OP, SUFFIX)::host,        \
                                        CUDAEMU_PASTE(CUDAEMU_OP, SUFFIX)::launch, same_value<D>)

// atom in global and shared memory and red in global memory; OPERATION is what follows the state space.
#define ATOMIC(OPERATION, D, ...)                         \
  ATOMIC_CASE("atom.global." OPERATION, Global, D, false, \
              ("atom.global." OPERATION " %0, [%1], %2;"  \
               : "=" CUDAEMU_REG(D)(old)                  \
               : "l"(at), CUDAEMU_REG(D)(b)               \
               : "memory"),                               \
              (D, D), __VA_ARGS__);                       \
  ATOMIC_CASE("atom.shared." OPERATION, Shared, D, true,  \
              ("atom.shared." OPERATION " %0, [%1], %2;"  \
               : "=" CUDAEMU_REG(D)(old)                  \
               : "l"(at), CUDAEMU_REG(D)(b)               \
               : "memory"),                               \
              (D, D), __VA_ARGS__)
#define REDUCTION(OPERATION, D, ...)                                             \
  ATOMIC_CASE("red.global." OPERATION, Red, D, false,                            \
              ("red.global." OPERATION " [%0], %1;" ::"l"(at), CUDAEMU_REG(D)(b) \
               : "memory"),                                                      \
              (D, D), __VA_ARGS__);                                              \
  ATOMIC_CASE("red.shared." OPERATION, RedShared, D, true,                       \
              ("red.shared." OPERATION " [%0], %1;" ::"l"(at), CUDAEMU_REG(D)(b) \
               : "memory"),                                                      \
              (D, D), __VA_ARGS__)
#define SWAP(PREFIX, D)                                        \
  ATOMIC_CASE(PREFIX, Swap, D, false,                          \
              (PREFIX " %0, [%1], %2, %3;"                     \
               : "=" CUDAEMU_REG(D)(old)                       \
               : "l"(at), CUDAEMU_REG(D)(b), CUDAEMU_REG(D)(c) \
               : "memory"),                                    \
              (D, D, D), a == b ? c : a)

ATOMIC("add.u32", u32, a + b);
ATOMIC("add.s32", s32, s32(u32(a) + u32(b)));
ATOMIC("add.u64", u64, a + b);
ATOMIC("min.u32", u32, std::min(a, b));
ATOMIC("min.s32", s32, std::min(a, b));
ATOMIC("min.u64", u64, std::min(a, b));
ATOMIC("min.s64", s64, std::min(a, b));
ATOMIC("max.u32", u32, std::max(a, b));
ATOMIC("max.s32", s32, std::max(a, b));
ATOMIC("max.u64", u64, std::max(a, b));
ATOMIC("max.s64", s64, std::max(a, b));
ATOMIC("and.b32", u32, a& b);
ATOMIC("or.b32", u32, a | b);
ATOMIC("xor.b32", u32, a ^ b);
ATOMIC("and.b64", u64, a& b);
ATOMIC("or.b64", u64, a | b);
ATOMIC("xor.b64", u64, a ^ b);
ATOMIC("exch.b32", u32, b);
ATOMIC("exch.b64", u64, b);
ATOMIC("inc.u32", u32, a >= b ? 0u : a + 1);
ATOMIC("dec.u32", u32, a == 0 || a > b ? b : a - 1);
// The manual: on global memory denormals are flushed, on shared memory not.
ATOMIC("add.f32", f32, shared ? a + b : ftz(ftz(a) + ftz(b)));
ATOMIC("add.f64", f64, a + b);
ATOMIC("add.noftz.f16", f16, make16<f16>(value(a) + value(b)));
ATOMIC("add.noftz.f16x2", f16x2, both([](f16 x, f16 y) { return make16<f16>(value(x) + value(y)); }, a, b));
ATOMIC("add.noftz.bf16", bf16, make16<bf16>(fused_to_odd(value(a), 1, value(b))));
ATOMIC("add.noftz.bf16x2", bf16x2,
       both([](bf16 x, bf16 y) { return make16<bf16>(fused_to_odd(value(x), 1, value(y))); }, a, b));
REDUCTION("add.u32", u32, a + b);
REDUCTION("add.u64", u64, a + b);
REDUCTION("add.f32", f32, shared ? a + b : ftz(ftz(a) + ftz(b)));
REDUCTION("add.f64", f64, a + b);
REDUCTION("min.s32", s32, std::min(a, b));
REDUCTION("max.u64", u64, std::max(a, b));
REDUCTION("and.b32", u32, a& b);
REDUCTION("or.b32", u32, a | b);
REDUCTION("xor.b64", u64, a ^ b);
REDUCTION("inc.u32", u32, a >= b ? 0u : a + 1);
REDUCTION("dec.u32", u32, a == 0 || a > b ? b : a - 1);
SWAP("atom.global.cas.b32", u32);
SWAP("atom.global.cas.b64", u64);
SWAP("atom.global.cas.b16", u16);
SWAP("atom.relaxed.gpu.global.cas.b32", u32);
SWAP("atom.acq_rel.gpu.global.cas.b32", u32);
SWAP("atom.acquire.sys.global.cas.b64", u64);
SWAP("atom.release.cta.global.cas.b32", u32);

}  // namespace cudaemu_test::memory
