// SPDX-License-Identifier: Apache-2.0
// Runs every opcode test: opcodes [--list] [TEXT...] (only the cases whose text or group contains one of these).
// Prints one line a group, one for each opcode that differs with its first counterexample, and a last line of JSON.
// The same program runs on the emulator and on a GPU. Exit code 1 when something differs.
#include <cinttypes>

#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test {

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
std::vector<Scenario>& scenarios() {
  static std::vector<Scenario> all;
  return all;
}

// ---- edge values ----

template <class T, class Wide>
std::vector<T> converted(std::initializer_list<Wide> values) {
  std::vector<T> all;
  for (const Wide value : values) all.push_back(std::bit_cast<T>(static_cast<std::make_unsigned_t<T>>(value)));
  return all;
}
#define CUDAEMU_EDGES(T, ...)                         \
  template <>                                         \
  const std::vector<T>& edges<T>() {                  \
    static const std::vector<T> values = __VA_ARGS__; \
    return values;                                    \
  }
#define CUDAEMU_EDGES_16                                                                                           \
  {                                                                                                                \
    0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 0x7f, 0x80, 0xff, 0x100, 0x5a5a, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, \
        0xffff                                                                                                     \
  }
#define CUDAEMU_EDGES_32                                                                                         \
  {                                                                                                              \
    0, 1, 2, 3, 7, 8, 16, 31, 32, 33, 63, 64, 0xff, 0x8000, 0xffff, 0x10000, 0x12345678, 0x7ffffffe, 0x7fffffff, \
        0x80000000, 0x80000001, 0x9abcdef0, 0xfffffffe, 0xffffffff                                               \
  }
#define CUDAEMU_EDGES_64                                                                                      \
  {                                                                                                           \
    0, 1, 2, 31, 32, 63, 64, 65, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x123456789abcdef0, \
        0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, 0xfedcba9876543210, 0xffffffff00000000,   \
        0xfffffffffffffffe, 0xffffffffffffffff                                                                \
  }
CUDAEMU_EDGES(u16, converted<u16, u32>(CUDAEMU_EDGES_16))
CUDAEMU_EDGES(s16, converted<s16, u32>(CUDAEMU_EDGES_16))
CUDAEMU_EDGES(u32, converted<u32, u32>(CUDAEMU_EDGES_32))
CUDAEMU_EDGES(s32, converted<s32, u32>(CUDAEMU_EDGES_32))
CUDAEMU_EDGES(u64, converted<u64, u64>(CUDAEMU_EDGES_64))
CUDAEMU_EDGES(s64, converted<s64, u64>(CUDAEMU_EDGES_64))

std::vector<f32> floats(std::initializer_list<u32> bits) {
  std::vector<f32> all;
  for (const u32 b : bits) all.push_back(std::bit_cast<f32>(b));
  return all;
}
std::vector<f64> doubles(std::initializer_list<u64> bits) {
  std::vector<f64> all;
  for (const u64 b : bits) all.push_back(std::bit_cast<f64>(b));
  return all;
}
// Zeros, denormals (least, middle, greatest), least normal, halves and their neighbours, 1 and its neighbours, integer
// limits, the greatest finite, infinities, NaNs; then the same with the sign.
CUDAEMU_EDGES(f32, floats({0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00400001, 0x00800000, 0x80800001,
                           0x3effffff, 0x3f000000, 0xbf000000, 0x3f7fffff, 0x3f800000, 0xbf800000, 0x3f800001,
                           0x3fc00000, 0xbfc00000, 0x40200000, 0x40490fdb, 0x437f8000, 0xc3008000, 0x4b7fffff,
                           0x4effffff, 0x4f000000, 0xcf000001, 0x4f800000, 0x5f000000, 0xdf000000, 0x5f800000,
                           0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001}))
CUDAEMU_EDGES(f64, doubles({0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x800fffffffffffff,
                            0x0010000000000000, 0x36a0000000000000, 0x380fffffe0000000, 0x3fdfffffffffffff,
                            0x3fe0000000000000, 0xbfe0000000000000, 0x3fefffffffffffff, 0x3ff0000000000000,
                            0xbff0000000000000, 0x3ff0000000000001, 0x3ff0000010000000, 0x3ff8000000000000,
                            0x4004000000000000, 0x400921fb54442d18, 0x41dfffffffc00000, 0x41e0000000000000,
                            0xc1e0000000200000, 0x41f0000000000000, 0x43e0000000000000, 0xc3e0000000000000,
                            0x43f0000000000000, 0x47efffffefffffff, 0x47f0000000000000, 0x7fefffffffffffff,
                            0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000}))

#define CUDAEMU_EDGES_F16                                                                                           \
  {                                                                                                                 \
    0x0000, 0x8000, 0x0001, 0x83ff, 0x0200, 0x0400, 0x8401, 0x1400, 0x37ff, 0x3800, 0x3bff, 0x3c00, 0xbc00, 0x3c01, \
        0x3e00, 0x4248, 0x6400, 0x6bff, 0x7800, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00                              \
  }
#define CUDAEMU_EDGES_BF16                                                                                          \
  {                                                                                                                 \
    0x0000, 0x8000, 0x0001, 0x807f, 0x0040, 0x0080, 0x8081, 0x3b80, 0x3eff, 0x3f00, 0x3f7f, 0x3f80, 0xbf80, 0x3f81, \
        0x3fc0, 0x4049, 0x4300, 0x437f, 0x7f00, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0                              \
  }
template <class T>
std::vector<T> from_bits(std::initializer_list<u16> bits) {
  std::vector<T> all;
  for (const u16 b : bits) all.push_back({b});
  return all;
}
// Pairs: each value with another, so that the halves are told apart.
template <class T>
std::vector<T> pairs(std::initializer_list<u16> bits) {
  std::vector<T> all;
  const u16* values = bits.begin();
  for (std::size_t i = 0; i < bits.size(); ++i) {
    all.push_back({u32(values[i]) | u32(values[(i * 7 + 5) % bits.size()]) << 16});
  }
  return all;
}
CUDAEMU_EDGES(f16, from_bits<f16>(CUDAEMU_EDGES_F16))
CUDAEMU_EDGES(bf16, from_bits<bf16>(CUDAEMU_EDGES_BF16))
CUDAEMU_EDGES(f16x2, pairs<f16x2>(CUDAEMU_EDGES_F16))
CUDAEMU_EDGES(bf16x2, pairs<bf16x2>(CUDAEMU_EDGES_BF16))

// ---- running ----

constexpr std::size_t kMaxCombinations = 1600;

// All combinations of the operands' edge values, or an even sample of them.
std::vector<u64> combinations(const Case& test) {
  std::size_t total = 1;
  for (int i = 0; i < test.operands; ++i) total *= test.edges[i].size();
  std::size_t step = total / kMaxCombinations + 1;
  if (step > 1) step |= 1;
  while (step > 1 && (total % step == 0 || step % 3 == 0 || step % 11 == 0 || step % 17 == 0)) step += 2;
  std::vector<u64> slots;
  for (std::size_t index = 0; index < total; index += step) {
    std::size_t rest = index;
    for (int i = 0; i < kMaxOperands; ++i) {
      const bool used = i < test.operands;
      slots.push_back(used ? test.edges[i][rest % test.edges[i].size()] : 0);
      if (used) rest /= test.edges[i].size();
    }
  }
  return slots;
}

struct Device {
  u64* operands = nullptr;
  u64* results = nullptr;
};

// The first combination that differs, or "".
std::string run_case(const Case& test, const Device& device, std::size_t& compared) {
  const std::vector<u64> slots = combinations(test);
  const std::size_t n = slots.size() / kMaxOperands;
  std::vector<u64> got(n);
  cudaMemcpy(device.operands, slots.data(), slots.size() * sizeof(u64), cudaMemcpyHostToDevice);
  cudaMemset(device.results, 0xa5, n * sizeof(u64));
  test.launch(device.operands, device.results, static_cast<int>(n));
  std::string problem = cuda_problem(cudaGetLastError());
  if (!problem.empty()) return problem;
  problem = cuda_problem(cudaMemcpy(got.data(), device.results, n * sizeof(u64), cudaMemcpyDeviceToHost));
  if (!problem.empty()) return problem;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const u64* operands = &slots[i * kMaxOperands];
    const u64 expected = test.host(operands);
    if (test.same(expected, got[i], test.tolerance)) continue;
    if (differing++ > 0) continue;
    char line[256];
    int at = 0;
    for (int j = 0; j < test.operands; ++j) {
      at += std::snprintf(line + at, sizeof line - at, "%s0x%" PRIx64, j ? ", " : "(", operands[j]);
    }
    std::snprintf(line + at, sizeof line - at, ") is 0x%" PRIx64 ", expected 0x%" PRIx64, got[i], expected);
    problem = line;
  }
  compared += n;
  if (differing > 1) problem += " and " + std::to_string(differing - 1) + " more";
  return problem;
}

struct Tally {
  std::string group;
  int agree = 0, differ = 0;
  std::size_t compared = 0;
};

int run_all(int argc, char** argv) {
  const auto wanted = [&](const std::string& group, const std::string& text) {
    if (argc < 2) return true;
    for (int i = 1; i < argc; ++i) {
      if (group == argv[i] || text.find(argv[i]) != std::string::npos) return true;
    }
    return false;
  };
  Device device;
  const std::string problem =
      cuda_problem(cudaMalloc(&device.operands, 2 * kMaxCombinations * kMaxOperands * sizeof(u64)));
  if (!problem.empty() || cudaMalloc(&device.results, 2 * kMaxCombinations * sizeof(u64)) != cudaSuccess) {
    std::printf("no device memory: %s\n", problem.c_str());
    return 1;
  }
  std::vector<Tally> tallies;
  std::string differing;
  const auto count = [&](const char* group, const char* text, const std::string& what, std::size_t compared) {
    Tally* tally = nullptr;
    for (Tally& t : tallies) {
      if (t.group == group) tally = &t;
    }
    if (!tally) tally = &tallies.emplace_back(Tally{group});
    tally->compared += compared;
    ++(what.empty() ? tally->agree : tally->differ);
    if (what.empty()) return;
    std::printf("differ  %s: %s%s\n", group, text, (" " + what).c_str());
    std::fflush(stdout);
    differing += (differing.empty() ? "\"" : ", \"") + std::string(text) + "\"";
  };
  for (const Case& test : cases()) {
    if (!wanted(test.group, test.text)) continue;
    std::size_t compared = 0;
    const std::string what = run_case(test, device, compared);
    count(test.group, test.text, what, compared);
  }
  for (const Scenario& scenario : scenarios()) {
    if (wanted(scenario.group, scenario.text)) count(scenario.group, scenario.text, scenario.run(), 1);
  }
  cudaFree(device.operands);
  cudaFree(device.results);
  cudaDeviceProp properties{};
  cudaGetDeviceProperties(&properties, 0);
  int agree = 0, differ = 0;
  for (const Tally& tally : tallies) {
    std::printf("%-7s %-12s %d of %d opcodes, %zu comparisons\n", tally.differ ? "DIFFER" : "agree",
                tally.group.c_str(), tally.agree, tally.agree + tally.differ, tally.compared);
    agree += tally.agree;
    differ += tally.differ;
  }
  std::printf("{\"device\": \"%s\", \"agree\": %d, \"differ\": %d, \"differing\": [%s]}\n", properties.name, agree,
              differ, differing.c_str());
  return differ == 0 && agree > 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) {
  using namespace cudaemu_test;
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const Case& test : cases()) std::printf("%s: %s\n", test.group, test.text);
    for (const Scenario& scenario : scenarios()) std::printf("%s: %s\n", scenario.group, scenario.text);
    return 0;
  }
  return run_all(argc, argv);
}
