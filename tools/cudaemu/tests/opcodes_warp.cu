// SPDX-License-Identifier: Apache-2.0
// Instructions of a whole warp: shuffles, votes, matches, reductions, masks; block barriers with a reduction; atomics
// of many threads on one cell.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::warp {

constexpr const char* kGroup = "warp";
constexpr int kLanes = 32;

// One call of an instruction by the lanes in `mask`. `b` and `c` may differ between lanes.
struct Round {
  u32 mask = 0xffffffff;
  u64 a[kLanes] = {};
  u32 b[kLanes] = {}, c[kLanes] = {};
};
struct Result {
  u64 value;
  u32 flag;
};

template <class Op>
__global__ void apply_warp(const Round* rounds, Result* results) {
  const Round& round = rounds[blockIdx.x];
  const int lane = threadIdx.x;
  Result result{0xfefefefe, 2};
  if (round.mask >> lane & 1) Op::device(round.a[lane], round.b[lane], round.c[lane], round.mask, result);
  results[blockIdx.x * kLanes + lane] = result;
}

template <class Op>
std::string run_warp(const std::vector<Round>& rounds) {
  Round* device_rounds = nullptr;
  Result* device_results = nullptr;
  std::vector<Result> got(rounds.size() * kLanes);
  cudaMalloc(&device_rounds, rounds.size() * sizeof(Round));
  cudaMalloc(&device_results, got.size() * sizeof(Result));
  cudaMemcpy(device_rounds, rounds.data(), rounds.size() * sizeof(Round), cudaMemcpyHostToDevice);
  apply_warp<Op><<<static_cast<unsigned>(rounds.size()), kLanes>>>(device_rounds, device_results);
  std::string problem =
      cuda_problem(cudaMemcpy(got.data(), device_results, got.size() * sizeof(Result), cudaMemcpyDeviceToHost));
  cudaFree(device_rounds);
  cudaFree(device_results);
  int differing = 0;
  for (std::size_t r = 0; r < rounds.size() && (problem.empty() || differing); ++r) {
    for (int lane = 0; lane < kLanes; ++lane) {
      if (!(rounds[r].mask >> lane & 1)) continue;
      const Result expected = Op::host(rounds[r], lane);
      const Result is = got[r * kLanes + lane];
      if (is.value == expected.value && is.flag == expected.flag) continue;
      if (differing++) continue;
      char line[256];
      std::snprintf(line, sizeof line, "round %zu mask 0x%08x lane %d b %u c 0x%x is 0x%llx/%u, expected 0x%llx/%u", r,
                    rounds[r].mask, lane, rounds[r].b[lane], rounds[r].c[lane],
                    static_cast<unsigned long long>(is.value), is.flag, static_cast<unsigned long long>(expected.value),
                    expected.flag);
      problem = line;
    }
  }
  return differing > 1 ? problem + " and " + std::to_string(differing - 1) + " more" : problem;
}

// ---- shuffles: from which lane, and is it in range? Written out from the PTX manual. ----

struct Source {
  int lane;
  bool in_range;
};
enum class Shuffle { kUp, kDown, kButterfly, kIndex };
Source source_of(Shuffle mode, int lane, u32 b, u32 c) {
  const int bval = b & 31, cval = c & 31, segment = c >> 8 & 31;
  const int max_lane = (lane & segment) | (cval & ~segment);
  const int min_lane = lane & segment;
  int j = 0;
  bool in_range = false;
  switch (mode) {
    case Shuffle::kUp:
      j = lane - bval;
      in_range = j >= max_lane;
      break;
    case Shuffle::kDown:
      j = lane + bval;
      in_range = j <= max_lane;
      break;
    case Shuffle::kButterfly:
      j = lane ^ bval;
      in_range = j <= max_lane;
      break;
    case Shuffle::kIndex:
      j = min_lane | (bval & ~segment);
      in_range = j <= max_lane;
      break;
  }
  return {in_range ? j : lane, in_range};
}

std::vector<Round> shuffle_rounds(Shuffle mode) {
  std::vector<Round> rounds;
  for (const u32 mask : {0xffffffffu, 0x0000ffffu, 0x000000f0u, 0x80000000u}) {
    for (const u32 c : {0x1fu, 0u, 0x101fu, 0x1800u, 0x181fu, 0x1c1fu, 0x1e00u, 0x1807u}) {
      for (const u32 b : {0u, 1u, 2u, 5u, 16u, 31u, 33u, 99u}) {
        Round round;
        round.mask = mask;
        bool legal = true;
        for (int lane = 0; lane < kLanes; ++lane) {
          round.a[lane] = 0x1234000056780000 + 77 * lane;
          round.b[lane] = b == 99 ? u32(lane * 7 + 3) : b;  // 99: every lane asks for another
          round.c[lane] = c;
          const bool asks = mask >> lane & 1;
          if (asks && !(mask >> source_of(mode, lane, round.b[lane], c).lane & 1)) legal = false;
        }
        if (legal) rounds.push_back(round);  // reading a lane outside the mask is not defined
      }
    }
  }
  return rounds;
}

#define SHUFFLE(NAME, MODE, KIND)                                                                                      \
  struct NAME {                                                                                                        \
    static __device__ void device(u64 a, u32 b, u32 c, u32 mask, Result& result) {                                     \
      u32 value;                                                                                                       \
      asm volatile("{ .reg .pred p; shfl.sync." MODE ".b32 %0|p, %2, %3, %4, %5; selp.u32 %1, 1, 0, p; }"              \
                   : "=r"(value), "=r"(result.flag)                                                                    \
                   : "r"(u32(a)), "r"(b), "r"(c), "r"(mask));                                                          \
      result.value = value;                                                                                            \
    }                                                                                                                  \
    static Result host(const Round& round, int lane) {                                                                 \
      const Source source = source_of(KIND, lane, round.b[lane], round.c[lane]);                                       \
      return {u32(round.a[source.lane]), source.in_range};                                                             \
    }                                                                                                                  \
  };                                                                                                                   \
  const bool NAME##Registered =                                                                                        \
      (scenarios().push_back({kGroup, "shfl.sync." MODE ".b32", [] { return run_warp<NAME>(shuffle_rounds(KIND)); }}), \
       true)
SHUFFLE(ShuffleUp, "up", Shuffle::kUp);
SHUFFLE(ShuffleDown, "down", Shuffle::kDown);
SHUFFLE(ShuffleButterfly, "bfly", Shuffle::kButterfly);
SHUFFLE(ShuffleIndex, "idx", Shuffle::kIndex);

// ---- votes, matches, reductions ----

const u32 kMasks[] = {0xffffffff, 0x0000ffff, 0xf0f0a5a5, 0x80000001, 0x00000010};

// Values with many equal ones, all equal ones, and edges of 32 and 64 bits.
std::vector<Round> value_rounds() {
  const std::vector<u64> edges = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x8000000000000001};
  std::vector<Round> rounds;
  for (const u32 mask : kMasks) {
    for (int pattern = 0; pattern < 6; ++pattern) {
      Round round;
      round.mask = mask;
      for (int lane = 0; lane < kLanes; ++lane) {
        round.a[lane] = pattern == 0   ? 0
                        : pattern == 1 ? 5
                        : pattern == 2 ? lane % 3
                        : pattern == 3 ? edges[lane % edges.size()]
                        : pattern == 4 ? u64(lane) << 32
                                       : u64(lane * 2654435761u);
      }
      rounds.push_back(round);
    }
  }
  return rounds;
}

// EXPECTED sees round, lane and in(l): does lane l take part?
#define WARP(NAME, TEXT, ASM, VALUE, FLAG)                                                       \
  struct NAME {                                                                                  \
    static __device__ void device(u64 a, u32 b, u32 c, u32 mask, Result& result) {               \
      [[maybe_unused]] u32 value = 0;                                                            \
      [[maybe_unused]] const u32 word = u32(a);                                                  \
      result.flag = 0;                                                                           \
      asm volatile ASM;                                                                          \
      result.value = value;                                                                      \
    }                                                                                            \
    static Result host(const Round& round, int lane) {                                           \
      u32 all = 0xffffffff, any = 0, sum = 0, exclusive = 0, ballot = 0, same32 = 0, same64 = 0; \
      u32 min_u = 0xffffffff, max_u = 0;                                                         \
      s32 min_s = 0x7fffffff, max_s = s32(0x80000000);                                           \
      for (int l = 0; l < kLanes; ++l) {                                                         \
        if (!(round.mask >> l & 1)) continue;                                                    \
        const u32 word = u32(round.a[l]);                                                        \
        all &= word, any |= word, sum += word, exclusive ^= word;                                \
        ballot |= u32(word != 0) << l;                                                           \
        same32 |= u32(word == u32(round.a[lane])) << l;                                          \
        same64 |= u32(round.a[l] == round.a[lane]) << l;                                         \
        min_u = std::min(min_u, word), max_u = std::max(max_u, word);                            \
        min_s = std::min(min_s, s32(word)), max_s = std::max(max_s, s32(word));                  \
      }                                                                                          \
      return {u32(VALUE), u32(FLAG)};                                                            \
    }                                                                                            \
  };                                                                                             \
  const bool NAME##Registered =                                                                  \
      (scenarios().push_back({kGroup, TEXT, [] { return run_warp<NAME>(value_rounds()); }}), true)

#define OF_PREDICATE(OPERATION)                                                               \
  ("{ .reg .pred p, q; setp.ne.u32 p, %2, 0; " OPERATION " q, p, %3; selp.u32 %0, 1, 0, q; }" \
   : "=r"(value), "+r"(result.flag)                                                           \
   : "r"(word), "r"(mask))
WARP(VoteAll, "vote.sync.all.pred", OF_PREDICATE("vote.sync.all.pred"), ballot == round.mask, 0);
WARP(VoteAny, "vote.sync.any.pred", OF_PREDICATE("vote.sync.any.pred"), ballot != 0, 0);
WARP(VoteUni, "vote.sync.uni.pred", OF_PREDICATE("vote.sync.uni.pred"), ballot == 0 || ballot == round.mask, 0);
WARP(VoteNotAll, "vote.sync.all.pred with a negated operand", OF_PREDICATE("not.pred p, p; vote.sync.all.pred"),
     ballot == 0, 0);
WARP(Ballot, "vote.sync.ballot.b32",
     ("{ .reg .pred p; setp.ne.u32 p, %1, 0; vote.sync.ballot.b32 %0, p, %2; }"
      : "=r"(value)
      : "r"(word), "r"(mask)),
     ballot, 0);
WARP(MatchAny, "match.any.sync.b32",
     ("match.any.sync.b32 %0, %1, %2;"
      : "=r"(value)
      : "r"(word), "r"(mask)),
     same32, 0);
WARP(MatchAny64, "match.any.sync.b64", ("match.any.sync.b64 %0, %1, %2;" : "=r"(value) : "l"(a), "r"(mask)), same64, 0);
WARP(MatchAll, "match.all.sync.b32",
     ("{ .reg .pred p; match.all.sync.b32 %0|p, %2, %3; selp.u32 %1, 1, 0, p; }"
      : "=r"(value), "=r"(result.flag)
      : "r"(word), "r"(mask)),
     same32 == round.mask ? round.mask : 0, same32 == round.mask);
WARP(MatchAll64, "match.all.sync.b64",
     ("{ .reg .pred p; match.all.sync.b64 %0|p, %2, %3; selp.u32 %1, 1, 0, p; }"
      : "=r"(value), "=r"(result.flag)
      : "l"(a), "r"(mask)),
     same64 == round.mask ? round.mask : 0, same64 == round.mask);

#define REDUX(OPERATION) ("redux.sync." OPERATION " %0, %1, %2;" : "=r"(value) : "r"(word), "r"(mask))
WARP(ReduxAdd, "redux.sync.add.u32", REDUX("add.u32"), sum, 0);
WARP(ReduxAddS, "redux.sync.add.s32", REDUX("add.s32"), sum, 0);
WARP(ReduxMin, "redux.sync.min.u32", REDUX("min.u32"), min_u, 0);
WARP(ReduxMax, "redux.sync.max.u32", REDUX("max.u32"), max_u, 0);
WARP(ReduxMinS, "redux.sync.min.s32", REDUX("min.s32"), min_s, 0);
WARP(ReduxMaxS, "redux.sync.max.s32", REDUX("max.s32"), max_s, 0);
WARP(ReduxAnd, "redux.sync.and.b32", REDUX("and.b32"), all, 0);
WARP(ReduxOr, "redux.sync.or.b32", REDUX("or.b32"), any, 0);
WARP(ReduxXor, "redux.sync.xor.b32", REDUX("xor.b32"), exclusive, 0);
// Whoever is elected, all lanes hear the same, it takes part, and it alone gets true.
WARP(Elect, "elect.sync",
     ("{ .reg .pred p; .reg .u32 me, leader, match; mov.u32 me, %%laneid; elect.sync leader|p, %3;"
      " setp.eq.and.u32 p, me, leader, p; selp.u32 %1, 1, 0, p; shfl.sync.idx.b32 %1, %1, leader, 31, %3;"
      " shr.u32 match, %3, leader; and.b32 %0, match, %1; }"
      : "=r"(value), "+r"(result.flag)
      : "r"(word), "r"(mask)),
     1, 1);
WARP(WarpBarrier, "bar.warp.sync",
     ("bar.warp.sync %2; vote.sync.ballot.b32 %0, 1, %2; bar.warp.sync %2;"
      : "=r"(value)
      : "r"(word), "r"(mask)),
     round.mask, 0);
WARP(LaneMasks, "%laneid, %lanemask_*",
     ("{ .reg .u32 m, t; mov.u32 t, %%laneid; shl.b32 %0, 1, t; mov.u32 m, %%lanemask_eq; xor.b32 %0, %0, m;"
      " mov.u32 t, %%lanemask_lt; or.b32 t, t, m; mov.u32 m, %%lanemask_le; xor.b32 t, t, m; or.b32 %0, %0, t;"
      " mov.u32 t, %%lanemask_lt; mov.u32 m, %%lanemask_ge; xor.b32 t, t, m; not.b32 t, t; or.b32 %0, %0, t;"
      " mov.u32 t, %%lanemask_gt; mov.u32 m, %%lanemask_le; xor.b32 t, t, m; not.b32 t, t; or.b32 %0, %0, t; }"
      : "=r"(value)
      : "r"(word), "r"(mask)),
     0, 0);

// ---- the whole block ----

constexpr int kThreads = 96;

__global__ void block_votes(u32* results) {
  const u32 tid = threadIdx.x;
  const u32 bits[3] = {tid % 3 == 0, 1, 0};
  for (int i = 0; i < 3; ++i) {
    u32 count, all, any;
    asm volatile(
        "{ .reg .pred p, q; setp.ne.u32 p, %3, 0; barrier.sync.aligned 0; bar.red.popc.u32 %0, 0, p;"
        " bar.red.and.pred q, 0, p; selp.u32 %1, 1, 0, q; barrier.red.or.pred q, 1, 96, p; selp.u32 %2, 1, 0, q; }"
        : "=r"(count), "=r"(all), "=r"(any)
        : "r"(bits[i])
        : "memory");
    results[(tid * 3 + i) * 3] = count;
    results[(tid * 3 + i) * 3 + 1] = all;
    results[(tid * 3 + i) * 3 + 2] = any;
  }
}

std::string block_votes_agree() {
  std::vector<u32> got(kThreads * 9);
  u32* results = nullptr;
  cudaMalloc(&results, got.size() * sizeof(u32));
  block_votes<<<1, kThreads>>>(results);
  const std::string problem =
      cuda_problem(cudaMemcpy(got.data(), results, got.size() * sizeof(u32), cudaMemcpyDeviceToHost));
  cudaFree(results);
  if (!problem.empty()) return problem;
  const u32 expected[9] = {32, 0, 1, 96, 1, 1, 0, 0, 0};
  for (int i = 0; i < kThreads * 9; ++i) {
    if (got[i] != expected[i % 9]) return "value " + std::to_string(i) + " is " + std::to_string(got[i]);
  }
  return "";
}

struct Counters {
  u32 add, inc, dec, max, min, cas, lanes, taken[64];
  f32 sum;
  u64 wide;
};

// Many threads on the same cells; every ticket that atomicAdd gives out must be given once.
__global__ void contend(Counters* counters) {
  const u32 id = blockIdx.x * blockDim.x + threadIdx.x;
  const u32 ticket = atomicAdd(&counters->add, 1u);
  atomicOr(&counters->taken[ticket / 32], 1u << (ticket % 32));
  atomicInc(&counters->inc, 99u);
  atomicDec(&counters->dec, 99u);
  atomicMax(&counters->max, id * 7 % 2048);
  atomicMin(&counters->min, id * 7 % 2048 + 3);
  atomicAdd(&counters->sum, 0.5f);
  atomicAdd(reinterpret_cast<unsigned long long*>(&counters->wide), 0x100000001ull);
  u32 seen = *static_cast<volatile u32*>(&counters->cas);
  for (u32 before = ~seen; before != seen;) {
    before = seen;
    seen = atomicCAS(&counters->cas, before, before + 3);
  }
  if (id % 2 == 0) atomicAdd(&counters->lanes, 1u);
}

std::string contention() {
  constexpr u32 n = 16 * 128;
  Counters start{}, got{};
  start.min = 0xffffffff;
  Counters* counters = nullptr;
  cudaMalloc(&counters, sizeof(Counters));
  cudaMemcpy(counters, &start, sizeof start, cudaMemcpyHostToDevice);
  contend<<<16, 128>>>(counters);
  const std::string problem = cuda_problem(cudaMemcpy(&got, counters, sizeof got, cudaMemcpyDeviceToHost));
  cudaFree(counters);
  if (!problem.empty()) return problem;
  for (const u32 taken : got.taken) {
    if (taken != 0xffffffff) return "a ticket was given twice";
  }
  const bool right = got.add == n && got.inc == n % 100 && got.dec == (100 - n % 100) % 100 && got.max == 2047 &&
                     got.min == 3 && got.cas == 3 * n && got.lanes == n / 2 && got.sum == n * 0.5f &&
                     got.wide == n * 0x100000001ull;
  return right ? "" : "a counter is wrong";
}

// Which lanes are active is known where the program says so: in a branch that one lane takes after a warp barrier.
__global__ void active(u32* results) {
  __syncwarp();
  u32 mask = 0;
  if (threadIdx.x == 5) asm volatile("activemask.b32 %0;" : "=r"(mask));
  __syncwarp();
  results[threadIdx.x] = mask;
}
std::string activemask_of_one() {
  u32* results = nullptr;
  u32 got[kLanes];
  cudaMalloc(&results, sizeof got);
  active<<<1, kLanes>>>(results);
  const std::string problem = cuda_problem(cudaMemcpy(got, results, sizeof got, cudaMemcpyDeviceToHost));
  cudaFree(results);
  if (!problem.empty()) return problem;
  return got[5] == 1u << 5 && got[4] == 0 ? "" : "lane 5 alone sees " + std::to_string(got[5]);
}

const bool kRegistered = (scenarios().push_back({kGroup, "activemask.b32", activemask_of_one}),
                          scenarios().push_back({kGroup, "bar.red.popc/and/or, barrier.sync", block_votes_agree}),
                          scenarios().push_back({"atomic", "2048 threads on the same cells", contention}), true);

}  // namespace cudaemu_test::warp
