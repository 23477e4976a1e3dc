// SPDX-License-Identifier: Apache-2.0
// Tensor-core instructions: which lane and register holds which element. Each mma.sync shape has its layout written
// out from the PTX manual: element i of a lane's A is A[a_row(lane, i)][a_column(lane, i)], and so on for B and C.
// Inputs are small whole numbers, so that every product and sum is exact.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::matrix {

constexpr const char* kGroup = "matrix";
constexpr int kLanes = 32;

// ---- element types: how a value gets into a register ----

struct Bf16 {
  using Stored = u16;
  static u16 stored(f64 x) { return u16(encode(kBrain, x)); }
};
struct F16 {
  using Stored = u16;
  static u16 stored(f64 x) { return u16(encode(kHalf, x)); }
  static f64 read(u16 bits) { return decode(kHalf, bits); }
};
struct Tf32 {
  using Stored = u32;
  static u32 stored(f64 x) { return std::bit_cast<u32>(f32(x)); }
};
struct F32 {
  using Stored = u32;
  static u32 stored(f64 x) { return std::bit_cast<u32>(f32(x)); }
  static f64 read(u32 bits) { return std::bit_cast<f32>(bits); }
};
struct F64 {
  using Stored = u64;
  static u64 stored(f64 x) { return std::bit_cast<u64>(x); }
  static f64 read(u64 bits) { return std::bit_cast<f64>(bits); }
};
struct S8 {
  using Stored = u8;
  static u8 stored(f64 x) { return u8(s8(x)); }
};
struct U8 {
  using Stored = u8;
  static u8 stored(f64 x) { return u8(x); }
};
struct S32 {
  using Stored = u32;
  static u32 stored(f64 x) { return u32(s32(x)); }
  static f64 read(u32 bits) { return s32(bits); }
};

// ---- layouts: g = lane / 4, t = lane % 4; i = element of the lane ----

__device__ int group(int lane) { return lane / 4; }
__device__ int member(int lane) { return lane % 4; }

// C and D of m16n8: two neighbours in row g, two in row g + 8. Of m8n8: two neighbours in row g.
struct Accumulator {
  static __device__ int row(int lane, int i) { return group(lane) + 8 * (i / 2); }
  static __device__ int column(int lane, int i) { return member(lane) * 2 + i % 2; }
};
// A, B of 16-bit elements, two a register; 8-bit elements, four a register; 32 and 64 bits, one a register.
// kPack elements lie side by side along k; the next register of A is 8 rows down, then the second half of k.
template <int kPack, int kRows>
struct Left {
  static __device__ int row(int lane, int i) { return group(lane) + (kRows == 16 ? 8 * (i / kPack % 2) : 0); }
  static __device__ int column(int lane, int i) {
    const int block = kRows == 16 ? i / kPack / 2 : i / kPack;
    return member(lane) * kPack + i % kPack + 4 * kPack * block;
  }
};
template <int kPack>
struct Right {
  static __device__ int row(int lane, int i) { return member(lane) * kPack + i % kPack + 4 * kPack * (i / kPack); }
  static __device__ int column(int lane, int) { return group(lane); }
};

template <class Register, class Stored, int kCount>
struct Fragment {
  static constexpr int kPack = sizeof(Register) / sizeof(Stored);
  Register registers[kCount / kPack];
  __device__ void set(int i, Stored value) {
    Register& r = registers[i / kPack];
    const int shift = int(sizeof(Stored)) * 8 * (i % kPack);
    if (i % kPack == 0) r = 0;
    r |= Register(value) << shift;
  }
  __device__ Stored get(int i) const {
    return static_cast<Stored>(registers[i / kPack] >> (int(sizeof(Stored)) * 8 * (i % kPack)));
  }
};

template <class Op>
__global__ void multiply(const typename Op::A::Stored* a, const typename Op::B::Stored* b,
                         const typename Op::C::Stored* c, typename Op::C::Stored* d) {
  constexpr int kM = Op::kM, kN = 8, kK = Op::kK;
  using Register = std::conditional_t<std::is_same_v<typename Op::A, F64>, u64, u32>;
  using Result = std::conditional_t<std::is_same_v<typename Op::C, F64>, u64, u32>;
  constexpr int kPack = sizeof(Register) / sizeof(typename Op::A::Stored);
  const int lane = threadIdx.x;
  Fragment<Register, typename Op::A::Stored, kM * kK / kLanes> left;
  Fragment<Register, typename Op::B::Stored, kN * kK / kLanes> right;
  Fragment<Result, typename Op::C::Stored, kM * kN / kLanes> in, out;
  using L = Left<kPack, kM>;
  using R = Right<kPack>;
  for (int i = 0; i < kM * kK / kLanes; ++i) left.set(i, a[L::row(lane, i) * kK + L::column(lane, i)]);
  for (int i = 0; i < kN * kK / kLanes; ++i) right.set(i, b[R::row(lane, i) * kN + R::column(lane, i)]);
  for (int i = 0; i < kM * kN / kLanes; ++i)
    in.set(i, c[Accumulator::row(lane, i) * kN + Accumulator::column(lane, i)]);
  Op::device(out.registers, left.registers, right.registers, in.registers);
  for (int i = 0; i < kM * kN / kLanes; ++i) {
    d[Accumulator::row(lane, i) * kN + Accumulator::column(lane, i)] = out.get(i);
  }
}

template <class T>
struct DeviceArray {
  T* data = nullptr;
  explicit DeviceArray(const std::vector<T>& values) {
    cudaMalloc(&data, values.size() * sizeof(T));
    cudaMemcpy(data, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice);
  }
  ~DeviceArray() { cudaFree(data); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
};

// Whole numbers in [-range, range]; unsigned elements get their magnitude.
template <class Element>
std::vector<f64> numbers(int count, int range, u32 seed) {
  std::vector<f64> all(count);
  for (f64& x : all) {
    seed = seed * 1664525u + 1013904223u;
    x = int(seed >> 8) % (2 * range + 1) - range;
    if (std::is_same_v<Element, U8>) x = std::fabs(x);
  }
  return all;
}
template <class Element>
std::vector<typename Element::Stored> store(const std::vector<f64>& values) {
  std::vector<typename Element::Stored> all;
  for (const f64 x : values) all.push_back(Element::stored(x));
  return all;
}

template <class Op>
std::string run_multiply() {
  constexpr int kM = Op::kM, kN = 8, kK = Op::kK;
  const std::vector<f64> a = numbers<typename Op::A>(kM * kK, Op::kRange, 1);
  const std::vector<f64> b = numbers<typename Op::B>(kK * kN, Op::kRange, 2);
  std::vector<f64> c = numbers<typename Op::C>(kM * kN, 100, 3);
  if (Op::kSaturates) {
    for (int i = 0; i < kM * kN; ++i) c[i] = i % 3 == 0 ? 2147483640.0 : i % 3 == 1 ? -2147483645.0 : c[i];
  }
  using Stored = typename Op::C::Stored;
  DeviceArray<typename Op::A::Stored> device_a(store<typename Op::A>(a));
  DeviceArray<typename Op::B::Stored> device_b(store<typename Op::B>(b));
  DeviceArray<Stored> device_c(store<typename Op::C>(c)), device_d(std::vector<Stored>(kM * kN));
  multiply<Op><<<1, kLanes>>>(device_a.data, device_b.data, device_c.data, device_d.data);
  std::vector<Stored> got(kM * kN);
  const std::string problem =
      cuda_problem(cudaMemcpy(got.data(), device_d.data, got.size() * sizeof(Stored), cudaMemcpyDeviceToHost));
  if (!problem.empty()) return problem;
  for (int row = 0; row < kM; ++row) {
    for (int column = 0; column < kN; ++column) {
      f64 expected = c[row * kN + column];
      for (int k = 0; k < kK; ++k) expected += a[row * kK + k] * b[k * kN + column];
      if (Op::kSaturates) expected = std::clamp(expected, -2147483648.0, 2147483647.0);
      const f64 is = Op::C::read(got[row * kN + column]);
      if (is == expected) continue;
      return "D[" + std::to_string(row) + "][" + std::to_string(column) + "] is " + std::to_string(is) + ", expected " +
             std::to_string(expected);
    }
  }
  return "";
}

// Registers: D "=X", A, B, C "X"; the lists of the asm text are written out in each line below.
#define D2(X) "=" X(d[0]), "=" X(d[1])
#define D4(X) D2(X), "=" X(d[2]), "=" X(d[3])
#define R1(X, r) X(r[0])
#define R2(X, r) X(r[0]), X(r[1])
#define R4(X, r) R2(X, r), X(r[2]), X(r[3])
#define R8(X, r) R4(X, r), X(r[4]), X(r[5]), X(r[6]), X(r[7])

#define MMA(NAME, TEXT, M, K, TYPE_A, TYPE_B, TYPE_C, REGISTER, RANGE, SATURATES, LISTS, OUT, IN_A, IN_B, IN_C) \
  struct NAME {                                                                                                 \
    using A = TYPE_A;                                                                                           \
    using B = TYPE_B;                                                                                           \
    using C = TYPE_C;                                                                                           \
    static constexpr int kM = M, kK = K, kRange = RANGE;                                                        \
    static constexpr bool kSaturates = SATURATES;                                                               \
    static __device__ void device(REGISTER* d, const REGISTER* a, const REGISTER* b, const REGISTER* c) {       \
      asm volatile(TEXT LISTS : CUDAEMU_LIST OUT : CUDAEMU_LIST IN_A, CUDAEMU_LIST IN_B, CUDAEMU_LIST IN_C);    \
    }                                                                                                           \
  };                                                                                                            \
  const bool NAME##Registered = (scenarios().push_back({kGroup, TEXT, run_multiply<NAME>}), true)

#define LISTS_4214 " {%0,%1,%2,%3}, {%4,%5}, {%6}, {%7,%8,%9,%10};"
#define LISTS_4424 " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
#define LISTS_2212 " {%0,%1}, {%2,%3}, {%4}, {%5,%6};"
#define LISTS_2422 " {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%8,%9};"
#define LISTS_2112 " {%0,%1}, {%2}, {%3}, {%4,%5};"
#define LISTS_4844 " {%0,%1,%2,%3}, {%4,%5,%6,%7,%8,%9,%10,%11}, {%12,%13,%14,%15}, {%16,%17,%18,%19};"
#define MMA_4214(NAME, TEXT, K, A, B, C, SATURATES) \
  MMA(NAME, TEXT, 16, K, A, B, C, u32, 8, SATURATES, LISTS_4214, (D4("r")), (R2("r", a)), (R1("r", b)), (R4("r", c)))
#define MMA_4424(NAME, TEXT, K, A, B, C, RANGE, SATURATES)                                                  \
  MMA(NAME, TEXT, 16, K, A, B, C, u32, RANGE, SATURATES, LISTS_4424, (D4("r")), (R4("r", a)), (R2("r", b)), \
      (R4("r", c)))

// The accumulators of f32 shapes have "f" registers.
template <class Registers, class TypeA, int kDepth>
struct FloatOp : Registers {
  using A = TypeA;
  using B = TypeA;
  using C = F32;
  static constexpr int kM = 16, kK = kDepth, kRange = 8;
  static constexpr bool kSaturates = false;
};
#define MMA_F32(NAME, TEXT, K, TYPE, LISTS, IN_A, IN_B)                                                            \
  struct NAME {                                                                                                    \
    static __device__ void device(u32* d, const u32* a, const u32* b, const u32* c) {                              \
      f32 e[4];                                                                                                    \
      asm volatile(TEXT LISTS                                                                                      \
                   : "=f"(e[0]), "=f"(e[1]), "=f"(e[2]), "=f"(e[3])                                                \
                   : CUDAEMU_LIST IN_A, CUDAEMU_LIST IN_B, "f"(__uint_as_float(c[0])), "f"(__uint_as_float(c[1])), \
                     "f"(__uint_as_float(c[2])), "f"(__uint_as_float(c[3])));                                      \
      for (int i = 0; i < 4; ++i) d[i] = __float_as_uint(e[i]);                                                    \
    }                                                                                                              \
  };                                                                                                               \
  const bool NAME##Registered = (scenarios().push_back({kGroup, TEXT, run_multiply<FloatOp<NAME, TYPE, K>>}), true)

MMA_F32(Bf16K16, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 16, Bf16, LISTS_4424, (R4("r", a)),
        (R2("r", b)));
MMA_F32(Bf16K8, "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32", 8, Bf16, LISTS_4214, (R2("r", a)), (R1("r", b)));
MMA_F32(F16K16, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 16, F16, LISTS_4424, (R4("r", a)), (R2("r", b)));
MMA_F32(F16K8, "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", 8, F16, LISTS_4214, (R2("r", a)), (R1("r", b)));
MMA_F32(Tf32K8, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 8, Tf32, LISTS_4424, (R4("r", a)), (R2("r", b)));
MMA_F32(Tf32K4, "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32", 4, Tf32, LISTS_4214, (R2("r", a)), (R1("r", b)));
MMA(F16AccK16, "mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16", 16, 16, F16, F16, F16, u32, 4, false, LISTS_2422,
    (D2("r")), (R4("r", a)), (R2("r", b)), (R2("r", c)));
MMA(F16AccK8, "mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16", 16, 8, F16, F16, F16, u32, 4, false, LISTS_2212,
    (D2("r")), (R2("r", a)), (R1("r", b)), (R2("r", c)));
MMA_4214(S8K16, "mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32", 16, S8, S8, S32, false);
MMA_4424(S8K32, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32", 32, S8, S8, S32, 127, false);
MMA_4424(U8K32, "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32", 32, U8, S8, S32, 127, false);
MMA_4424(S8U8K32, "mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.u8.s32", 32, S8, U8, S32, 127, true);
MMA(S8Small, "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32", 8, 16, S8, S8, S32, u32, 127, false, LISTS_2112,
    (D2("r")), (R1("r", a)), (R1("r", b)), (R2("r", c)));

__device__ f64 as_double(u64 bits) { return __longlong_as_double(static_cast<long long>(bits)); }
#define DOUBLES1(r) "d"(as_double(r[0]))
#define DOUBLES2(r) DOUBLES1(r), "d"(as_double(r[1]))
#define DOUBLES4(r) DOUBLES2(r), "d"(as_double(r[2])), "d"(as_double(r[3]))
#define DOUBLES8(r) DOUBLES4(r), "d"(as_double(r[4])), "d"(as_double(r[5])), "d"(as_double(r[6])), "d"(as_double(r[7]))
#define MMA_F64(NAME, TEXT, M, K, LISTS, OUT, COUNT, IN_A, IN_B, IN_C)                                       \
  struct NAME {                                                                                              \
    using A = F64;                                                                                           \
    using B = F64;                                                                                           \
    using C = F64;                                                                                           \
    static constexpr int kM = M, kK = K, kRange = 1000;                                                      \
    static constexpr bool kSaturates = false;                                                                \
    static __device__ void device(u64* d, const u64* a, const u64* b, const u64* c) {                        \
      f64 e[COUNT];                                                                                          \
      asm volatile(TEXT LISTS : CUDAEMU_LIST OUT : CUDAEMU_LIST IN_A, CUDAEMU_LIST IN_B, CUDAEMU_LIST IN_C); \
      for (int i = 0; i < COUNT; ++i) d[i] = static_cast<u64>(__double_as_longlong(e[i]));                   \
    }                                                                                                        \
  };                                                                                                         \
  const bool NAME##Registered = (scenarios().push_back({kGroup, TEXT, run_multiply<NAME>}), true)
#define OUT2 ("=d"(e[0]), "=d"(e[1]))
#define OUT4 ("=d"(e[0]), "=d"(e[1]), "=d"(e[2]), "=d"(e[3]))
MMA_F64(F64Small, "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64", 8, 4, LISTS_2112, OUT2, 2, (DOUBLES1(a)),
        (DOUBLES1(b)), (DOUBLES2(c)));
MMA_F64(F64K4, "mma.sync.aligned.m16n8k4.row.col.f64.f64.f64.f64", 16, 4, LISTS_4214, OUT4, 4, (DOUBLES2(a)),
        (DOUBLES1(b)), (DOUBLES4(c)));
MMA_F64(F64K8, "mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64", 16, 8, LISTS_4424, OUT4, 4, (DOUBLES4(a)),
        (DOUBLES2(b)), (DOUBLES4(c)));
MMA_F64(F64K16, "mma.sync.aligned.m16n8k16.row.col.f64.f64.f64.f64", 16, 16, LISTS_4844, OUT4, 4, (DOUBLES8(a)),
        (DOUBLES4(b)), (DOUBLES4(c)));

// ---- ldmatrix, stmatrix, movmatrix: 8 x 8 matrices of 16-bit elements, one row of 16 bytes for each address ----

constexpr int kStride = 24;  // elements between rows in shared memory: rows are not neighbours

// results[instruction][lane][register]
__global__ void load_matrices(u32* results) {
  __shared__ alignas(16) u16 rows[kLanes * kStride];
  const int lane = threadIdx.x;
  for (int i = lane; i < kLanes * kStride; i += kLanes) rows[i] = static_cast<u16>(i);
  __syncwarp();
  const u32 at = static_cast<u32>(__cvta_generic_to_shared(rows + lane * kStride));
  u32 r[4] = {};
  const auto keep = [&](int instruction, int count) {
    for (int i = 0; i < 4; ++i) results[(instruction * kLanes + lane) * 4 + i] = i < count ? r[i] : 0;
  };
#define LDMATRIX4 "{%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory"
#define LDMATRIX2 "{%0,%1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(at) : "memory"
#define LDMATRIX1 "{%0}, [%1];" : "=r"(r[0]) : "r"(at) : "memory"
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 " LDMATRIX1);
  keep(0, 1);
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 " LDMATRIX2);
  keep(1, 2);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 " LDMATRIX4);
  keep(2, 4);
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 " LDMATRIX1);
  keep(3, 1);
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 " LDMATRIX2);
  keep(4, 2);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 " LDMATRIX4);
  keep(5, 4);
}

std::string ldmatrix() {
  DeviceArray<u32> results(std::vector<u32>(6 * kLanes * 4));
  load_matrices<<<1, kLanes>>>(results.data);
  std::vector<u32> got(6 * kLanes * 4);
  const std::string problem =
      cuda_problem(cudaMemcpy(got.data(), results.data, got.size() * 4, cudaMemcpyDeviceToHost));
  if (!problem.empty()) return problem;
  for (int instruction = 0; instruction < 6; ++instruction) {
    const int count = 1 << instruction % 3;
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int matrix = 0; matrix < 4; ++matrix) {
        const auto element = [&](int row, int column) { return u32((matrix * 8 + row) * kStride + column); };
        const int g = lane / 4, t = lane % 4;
        u32 expected = 0;
        if (matrix < count) {
          expected = instruction < 3 ? element(g, 2 * t) | element(g, 2 * t + 1) << 16
                                     : element(2 * t, g) | element(2 * t + 1, g) << 16;
        }
        const u32 is = got[(instruction * kLanes + lane) * 4 + matrix];
        if (is != expected) {
          return "variant " + std::to_string(instruction) + " lane " + std::to_string(lane) + " register " +
                 std::to_string(matrix) + " is " + std::to_string(is) + ", expected " + std::to_string(expected);
        }
      }
    }
  }
  return "";
}

// Register m of lane l holds 256 * m + 2 * l and the next; results[instruction] is the shared memory after it.
__global__ void store_matrices(u16* results) {
  __shared__ alignas(16) u16 rows[kLanes * 8];
  const int lane = threadIdx.x;
  const u32 at = static_cast<u32>(__cvta_generic_to_shared(rows + lane * 8));
  u32 r[4];
  for (int m = 0; m < 4; ++m) r[m] = u32(256 * m + 2 * lane) | u32(256 * m + 2 * lane + 1) << 16;
  for (int instruction = 0; instruction < 6; ++instruction) {
    for (int i = lane; i < kLanes * 8; i += kLanes) rows[i] = 0xffff;
    __syncwarp();
#define STMATRIX4 "[%0], {%1,%2,%3,%4};" ::"r"(at), "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]) : "memory"
#define STMATRIX2 "[%0], {%1,%2};" ::"r"(at), "r"(r[0]), "r"(r[1]) : "memory"
#define STMATRIX1 "[%0], {%1};" ::"r"(at), "r"(r[0]) : "memory"
    if (instruction == 0) asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 " STMATRIX1);
    if (instruction == 1) asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 " STMATRIX2);
    if (instruction == 2) asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 " STMATRIX4);
    if (instruction == 3) asm volatile("stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 " STMATRIX1);
    if (instruction == 4) asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 " STMATRIX2);
    if (instruction == 5) asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 " STMATRIX4);
    __syncwarp();
    for (int i = lane; i < kLanes * 8; i += kLanes) results[instruction * kLanes * 8 + i] = rows[i];
    __syncwarp();
  }
  u32 moved;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(moved) : "r"(r[1]));
  results[6 * kLanes * 8 + 2 * lane] = u16(moved);
  results[6 * kLanes * 8 + 2 * lane + 1] = u16(moved >> 16);
}

std::string stmatrix() {
  constexpr int kResults = 6 * kLanes * 8 + 2 * kLanes;
  DeviceArray<u16> results{std::vector<u16>(kResults)};
  store_matrices<<<1, kLanes>>>(results.data);
  std::vector<u16> got(kResults);
  const std::string problem =
      cuda_problem(cudaMemcpy(got.data(), results.data, got.size() * 2, cudaMemcpyDeviceToHost));
  if (!problem.empty()) return problem;
  // Element (row, column) of matrix m lies in lane 4 * row + column / 2, half column % 2.
  const auto held = [](int m, int row, int column) { return u16(256 * m + 2 * (4 * row + column / 2) + column % 2); };
  for (int instruction = 0; instruction < 6; ++instruction) {
    for (int i = 0; i < kLanes * 8; ++i) {
      const int m = i / 64, row = i / 8 % 8, column = i % 8;
      const bool stored = m < 1 << instruction % 3;
      const u16 expected = !stored ? 0xffff : instruction < 3 ? held(m, row, column) : held(m, column, row);
      if (got[instruction * kLanes * 8 + i] != expected) {
        return "variant " + std::to_string(instruction) + " element " + std::to_string(i) + " is " +
               std::to_string(got[instruction * kLanes * 8 + i]) + ", expected " + std::to_string(expected);
      }
    }
  }
  for (int i = 0; i < 2 * kLanes; ++i) {
    const int row = i / 8, column = i % 8;
    if (got[6 * kLanes * 8 + i] != held(1, column, row)) return "movmatrix: element " + std::to_string(i);
  }
  return "";
}

const bool kRegistered =
    (scenarios().push_back({kGroup, "ldmatrix x1, x2, x4, plain and trans", ldmatrix}),
     scenarios().push_back({kGroup, "stmatrix x1, x2, x4, plain and trans; movmatrix", stmatrix}), true);

}  // namespace cudaemu_test::matrix
