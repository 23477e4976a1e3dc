// SPDX-License-Identifier: Apache-2.0
// Branches, tables of branches, indices, special registers, parameters by value, packed bytes, cache policies.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::control {

constexpr const char* kGroup = "control";

template <class T>
struct Results {
  T* data = nullptr;
  std::size_t count;
  explicit Results(std::size_t n) : count(n) {
    cudaMalloc(&data, n * sizeof(T));
    cudaMemset(data, 0, n * sizeof(T));
  }
  ~Results() { cudaFree(data); }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;
  // "" and the values, or the problem.
  std::string fetch(std::vector<T>& values) const {
    values.resize(count);
    const std::string launched = cuda_problem(cudaGetLastError());
    if (!launched.empty()) return launched;
    return cuda_problem(cudaMemcpy(values.data(), data, count * sizeof(T), cudaMemcpyDeviceToHost));
  }
};

// ---- indices ----

__global__ void indices(uint4* out) {
  const u32 block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const u32 thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const u32 at = block * blockDim.x * blockDim.y * blockDim.z + thread;
  u32 lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  out[at] = make_uint4(threadIdx.x | threadIdx.y << 8 | threadIdx.z << 16,
                       blockIdx.x | blockIdx.y << 8 | blockIdx.z << 16, lane, at);
}
std::string indices_in_three_dimensions() {
  const dim3 grid(3, 2, 2), block(5, 3, 4);
  const u32 threads = block.x * block.y * block.z, blocks = grid.x * grid.y * grid.z;
  Results<uint4> out(threads * blocks);
  indices<<<grid, block>>>(out.data);
  std::vector<uint4> got;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  for (u32 i = 0; i < threads * blocks; ++i) {
    const u32 t = i % threads, b = i / threads;
    const u32 thread = t % 5 | t / 5 % 3 << 8 | t / 15 << 16, in_grid = b % 3 | b / 3 % 2 << 8 | b / 6 << 16;
    if (got[i].x != thread || got[i].y != in_grid || got[i].z != t % 32 || got[i].w != i) {
      return "thread " + std::to_string(i);
    }
  }
  return "";
}

__global__ void registers(u64* out) {
  u32 smid, nsmid, warp, lane, warps, dynamic_bytes, total_bytes, sleep = 20;
  u64 before, after, time;
  asm volatile("mov.u32 %0, %%smid; mov.u32 %1, %%nsmid; mov.u32 %2, %%warpid;" : "=r"(smid), "=r"(nsmid), "=r"(warp));
  asm volatile("mov.u32 %0, %%laneid; mov.u32 %1, %%nwarpid;" : "=r"(lane), "=r"(warps));
  asm volatile("mov.u32 %0, %%dynamic_smem_size; mov.u32 %1, %%total_smem_size;"
               : "=r"(dynamic_bytes), "=r"(total_bytes));
  asm volatile("mov.u64 %0, %%clock64;" : "=l"(before));
  asm volatile("nanosleep.u32 %0;" ::"r"(sleep));
  asm volatile("mov.u64 %0, %%clock64; mov.u64 %1, %%globaltimer;" : "=l"(after), "=l"(time));
  const bool right[] = {
      smid<nsmid,
           warp<warps, lane == threadIdx.x % 32, dynamic_bytes == 640, total_bytes >= dynamic_bytes, after> before,
           time> 0};
  u64 wrong = 0;
  for (int i = 0; i < 7; ++i) wrong |= u64(!right[i]) << i;
  out[threadIdx.x] = wrong;
}
std::string special_registers() {
  Results<u64> out(40);
  registers<<<1, 40, 640>>>(out.data);
  std::vector<u64> got;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  const char* const names[] = {"smid",    "warpid",     "laneid", "dynamic_smem_size", "total_smem_size",
                               "clock64", "globaltimer"};
  std::string wrong;
  for (int i = 0; i < 7; ++i) {
    if (got[0] >> i & 1) wrong += std::string(wrong.empty() ? "" : ", ") + names[i];
  }
  return wrong;
  return "";
}

// ---- branches ----

// Cases that do different things: a tree or a table of branches.
__host__ __device__ inline u32 dispatch(u32 which, u32 x) {
  switch (which) {
    case 0:
      return x + 1;
    case 1:
      return x * 3;
    case 2:
      return x ^ 0x55555555;
    case 3:
      return x >> 3;
    case 4:
      return x << 5 | 1;
    case 5:
      return ~x;
    case 6:
      return x % 7;
    case 7:
      return x & 0xff00;
    case 8:
      return x - 12345;
    case 9:
      return x * x;
    case 10:
      return x / 3;
    case 11:
      return x > 100 ? 1 : x + 9;
    default:
      return 0xdead;
  }
}
__global__ void many_cases(u32* out) {
  u32 x = threadIdx.x;
#pragma unroll 1
  for (int i = 0; i < 9; ++i) x = dispatch((x + i) % 14, x);
  out[threadIdx.x] = x;
}
ASM1(
    "{ .reg .u32 i; min.u32 i, %1, 3; ts: .branchtargets L0, L1, L2, L3; brx.idx i, ts; L0: mov.u32 %0, 10; bra.uni L4;"
    " L1: mov.u32 %0, 11; bra L4; L2: mov.u32 %0, 12; bra L4; L3: mov.u32 %0, 13; L4: }",
    u32, u32, 10 + std::min(a, 3u));
std::string switch_of_cases() {
  Results<u32> out(96);
  many_cases<<<1, 96>>>(out.data);
  std::vector<u32> got;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  for (u32 t = 0; t < 96; ++t) {
    u32 x = t;
    for (int i = 0; i < 9; ++i) x = dispatch((x + i) % 14, x);
    if (got[t] != x) return "thread " + std::to_string(t);
  }
  return "";
}

// Loops whose lanes leave at different times; the warp works together again after them.
__global__ void collatz(u32* out) {
  const u32 lane = threadIdx.x % 32;
  u32 x = threadIdx.x + 1, steps = 0;
  while (x != 1) {
    if (x % 2) {
      x = 3 * x + 1;
      if (x > 200) {
        steps += 1000;
        continue;
      }
    } else {
      x /= 2;
    }
    ++steps;
    if (steps > 5000) break;
  }
  __syncwarp();
  const u32 next = __shfl_sync(0xffffffff, steps, (lane + 1) % 32);
  out[threadIdx.x] = steps * 65536 + next % 65536;
}
std::string diverging_loops() {
  Results<u32> out(64);
  collatz<<<1, 64>>>(out.data);
  std::vector<u32> got, steps;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  for (u32 t = 0; t < 64; ++t) {
    u32 x = t + 1, count = 0;
    while (x != 1) {
      if (x % 2) {
        x = 3 * x + 1;
        if (x > 200) {
          count += 1000;
          continue;
        }
      } else {
        x /= 2;
      }
      ++count;
      if (count > 5000) break;
    }
    steps.push_back(count);
  }
  for (u32 t = 0; t < 64; ++t) {
    if (got[t] != steps[t] * 65536 + steps[t / 32 * 32 + (t + 1) % 32] % 65536) return "thread " + std::to_string(t);
  }
  return "";
}

// ---- parameters by value ----

struct Parameters {
  u8 bytes[7];
  u16 half;
  u32 words[5];
  f64 real;
  const u64* from;
};
__global__ void by_value(u8 first, Parameters p, u16 last, u64* out) {
  const u32 i = threadIdx.x;
  out[i] = first + p.bytes[i % 7] * 10 + p.words[i % 5] * 1000 + u64(p.real) + p.half + last + p.from[i % 3];
}
std::string parameters_by_value() {
  Results<u64> out(16), from(3);
  const u64 host_from[3] = {1ull << 40, 2ull << 40, 3ull << 40};
  cudaMemcpy(from.data, host_from, sizeof host_from, cudaMemcpyHostToDevice);
  const Parameters p = {{1, 2, 3, 4, 5, 6, 255}, 60000, {1, 20, 300, 4000, 50000}, 1e6, from.data};
  by_value<<<1, 16>>>(200, p, 65535, out.data);
  std::vector<u64> got;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  for (u32 i = 0; i < 16; ++i) {
    const u64 expected = 200 + p.bytes[i % 7] * 10 + p.words[i % 5] * 1000 + 1000000 + 60000 + 65535 + host_from[i % 3];
    if (got[i] != expected) return "thread " + std::to_string(i) + " has " + std::to_string(got[i]);
  }
  return "";
}

// ---- packed bytes and halves ----

template <class Lane, class F>
u32 lanes(u32 a, u32 b, F f) {
  const int bits = sizeof(Lane) * 8;
  u32 d = 0;
  for (int shift = 0; shift < 32; shift += bits) {
    const u32 lane = static_cast<u32>(f(s64(static_cast<Lane>(a >> shift)), s64(static_cast<Lane>(b >> shift))));
    d |= (lane & ((1u << bits) - 1)) << shift;
  }
  return d;
}
#define PACKED(TEXT) "{ .reg .u32 zero; mov.u32 zero, 0; " TEXT " %0, %1, %2, zero; }"
ASM2(PACKED("vadd4.u32.u32.u32"), u32, u32, u32, lanes<u8>(a, b, [](s64 x, s64 y) { return x + y; }));
ASM2(PACKED("vadd4.s32.s32.s32.sat"), u32, u32, u32,
     lanes<s8>(a, b, [](s64 x, s64 y) { return clamp_integer<s8>(x + y); }));
ASM2(PACKED("vsub4.u32.u32.u32.sat"), u32, u32, u32,
     lanes<u8>(a, b, [](s64 x, s64 y) { return clamp_integer<u8>(x - y); }));
ASM2(PACKED("vmax2.s32.s32.s32"), u32, u32, u32, lanes<s16>(a, b, [](s64 x, s64 y) { return std::max(x, y); }));
ASM2(PACKED("vmin4.u32.u32.u32"), u32, u32, u32, lanes<u8>(a, b, [](s64 x, s64 y) { return std::min(x, y); }));
ASM3("vabsdiff4.u32.u32.u32.add %0, %1, %2, %3;", u32, u32, u32, u32, [&] {
  u32 sum = c;
  for (int shift = 0; shift < 32; shift += 8) {
    const u32 x = a >> shift & 255, y = b >> shift & 255;
    sum += x > y ? x - y : y - x;
  }
  return sum;
}());

// ---- cache policies change no value ----

__global__ void with_policy(const u64* in, u64* out) {
  u64 policy, value;
  asm volatile("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(policy));
  asm volatile("ld.global.L2::cache_hint.u64 %0, [%1], %2;" : "=l"(value) : "l"(in + threadIdx.x), "l"(policy));
  asm volatile("st.global.L2::cache_hint.u64 [%0], %1, %2;" ::"l"(out + threadIdx.x), "l"(value + 1), "l"(policy)
               : "memory");
}
std::string cache_policy() {
  Results<u64> in(8), out(8);
  with_policy<<<1, 8>>>(in.data, out.data);
  std::vector<u64> got;
  const std::string problem = out.fetch(got);
  if (!problem.empty()) return problem;
  return got == std::vector<u64>(8, 1) ? "" : "values differ";
}

const bool kRegistered = (scenarios().push_back({kGroup, "indices in three dimensions", indices_in_three_dimensions}),
                          scenarios().push_back({kGroup, "special registers", special_registers}),
                          scenarios().push_back({kGroup, "a switch of many cases", switch_of_cases}),
                          scenarios().push_back({kGroup, "diverging loops", diverging_loops}),
                          scenarios().push_back({kGroup, "parameters by value", parameters_by_value}),
                          scenarios().push_back({kGroup, "createpolicy, L2::cache_hint", cache_policy}), true);

}  // namespace cudaemu_test::control
