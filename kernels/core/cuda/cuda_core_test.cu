// SPDX-License-Identifier: Apache-2.0
// Kernels, graphs, timers, and random numbers that have the CPU's bits.
#include "kernels/core/cuda/cuda_graph.h"
#include "kernels/core/cuda/cuda_timer.h"
#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/cuda/peak_cuda.h"
#include "kernels/core/device_info.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace kindred::cuda {
namespace {

class CudaCore : public testing::Test {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

struct Drawn {
  std::uint64_t bits;
  std::uint64_t below;
  double uniform;
  float normal;
  float padding;
};

__host__ __device__ Drawn draw(const Random& random, std::uint64_t row, std::uint32_t lane) {
  return {random.bits(row, lane), random.below(1000003, row, lane), random.uniform(row, lane), random.normal(row, lane),
          0.0F};
}

__global__ void draw_rows(Random random, View<Drawn, 1> out, std::uint64_t first) {
  const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < out.size(0)) out(i) = draw(random, first + static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(i % 3));
}

TEST_F(CudaCore, RandomNumbersHaveTheBitsOfTheCpu) {
  const Context ctx = Context::cuda(0, 11, 2);
  constexpr std::int64_t kRows = 3000;
  for (const std::uint64_t first : {std::uint64_t{0}, (std::uint64_t{1} << 33) - 1000}) {
    const Random random(ctx.seed(), "test.draws", 5);
    Tensor<Drawn, 1> drawn(ctx, {kRows}, "test.drawn");
    launch("draw_rows", ctx, (kRows + 127) / 128, 128, 0, draw_rows, random, drawn.view(), first);
    const std::vector<Drawn> found = drawn.to_host(ctx);
    for (std::int64_t i = 0; i < kRows; ++i) {
      const Drawn expected = draw(random, first + static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(i % 3));
      ASSERT_EQ(std::memcmp(&found[static_cast<std::size_t>(i)], &expected, sizeof(Drawn)), 0) << "row " << i;
    }
  }
}

__global__ void add_index(View<int, 1> x, int factor) {
  extern __shared__ int scratch[];
  const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  scratch[threadIdx.x] = static_cast<int>(i) * factor;
  if (i < x.size(0)) x(i) += scratch[threadIdx.x];
}

TEST_F(CudaCore, LaunchChecksItsSizesAndStartsNothingOnAnEmptyGrid) {
  const Context ctx = Context::cuda(0, 0, 1);
  Tensor<int, 1> x = Tensor<int, 1>::zeros(ctx, {100}, "test.x");
  launch("add_index", ctx, 0, 64, 256, add_index, x.view(), 1);
  EXPECT_EQ(x.to_host(ctx), std::vector<int>(100));
  launch("add_index", ctx, dim3(2), dim3(64), 100 << 10, add_index, x.view(), 3);  // more than 48 KB of shared memory
  EXPECT_EQ(x.to_host(ctx)[99], 297);
  EXPECT_THROW(launch("add_index", ctx, std::int64_t{1} << 31, 64, 256, add_index, x.view(), 1), Error);
  EXPECT_THROW(launch("add_index", ctx, 1, 2048, 256, add_index, x.view(), 1), Error);
  try {
    launch("add_index", ctx, 1, 64, 1 << 20, add_index, x.view(), 1);
    FAIL() << "1 MiB of shared memory was given";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_NE(std::string(error.what()).find("add_index"), std::string::npos) << error.what();
  }
  EXPECT_THROW(cuda_stream(Context::cpu(1)), Error);
}

TEST_F(CudaCore, GraphDoesItsWorkAtEachLaunchAndNotAtTheCapture) {
  const Context ctx = Context::cuda(0, 0, 1);
  Tensor<int, 1> x = Tensor<int, 1>::zeros(ctx, {64}, "test.x");
  Tensor<int, 1> copy = Tensor<int, 1>::zeros(ctx, {64}, "test.copy");
  const CudaGraph graph(ctx, [&] {
    launch("add_index", ctx, 1, 64, 256, add_index, x.view(), 1);
    launch("add_index", ctx, 1, 64, 256, add_index, x.view(), 1);
    copy.copy_from(ctx, x.view());
  });
  EXPECT_EQ(x.to_host(ctx)[63], 0);
  for (int times = 1; times <= 3; ++times) {
    graph.launch(ctx);
    EXPECT_EQ(copy.to_host(ctx)[63], times * 2 * 63);
  }
  EXPECT_THROW(CudaGraph(ctx, [] { fail(ErrorKind::data, "no"); }), Error);
  graph.launch(ctx);  // the stream works after a capture that failed
  EXPECT_EQ(x.to_host(ctx)[63], 8 * 63);
  EXPECT_THROW(CudaGraph().launch(ctx), Error);
}

TEST_F(CudaCore, MeasuresTimeAndRates) {
  const Context ctx = Context::cuda(0, 0, 1);
  CudaTimer timer(ctx);
  timer.start();
  const Tensor<int, 1> x = Tensor<int, 1>::zeros(ctx, {1 << 20}, "test.x");
  timer.stop();
  EXPECT_GE(timer.elapsed_s(), 0.0);
  EXPECT_GT(cuda_gemm_rate(ctx, GemmType::fp32, 64, 1), 0.0);
  EXPECT_GT(cuda_gemm_rate(ctx, GemmType::bf16, 64, 1), 0.0);
}

TEST_F(CudaCore, DescribesTheDevice) {
  const CudaDeviceInfo info = cuda_device_info(0);
  EXPECT_FALSE(info.name.empty());
  EXPECT_GE(std::stod(info.compute_capability), 8.0);
  EXPECT_GE(std::stod(info.driver_version), 12.0);
  EXPECT_GE(std::stod(info.runtime_version), 13.0);
  EXPECT_GT(info.multiprocessors, 0);
  EXPECT_GT(info.memory_bytes, 0);
  const Context ctx = Context::cuda(0, 0, 1);
  EXPECT_EQ(cuda_sm_count(ctx), info.multiprocessors);
  EXPECT_THROW(cuda_device_info(cuda_device_count()), Error);
}

}  // namespace
}  // namespace kindred::cuda
