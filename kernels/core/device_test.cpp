// SPDX-License-Identifier: Apache-2.0
// What every device does for a context: memory with an account, copies, order.
#include "kernels/core/device_csr.h"
#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <vector>

namespace kindred {
namespace {

class DeviceTensor : public OnDevice {};

std::int64_t bytes_now(const Context& ctx, std::string_view purpose) {
  for (const MemoryUse& use : ctx.memory_report()) {
    if (use.purpose == purpose) return use.bytes;
  }
  return -1;
}

TEST_P(DeviceTensor, IsCountedUnderItsPurposeWhileItLives) {
  const Context ctx = context();
  {
    const Tensor<float, 2> x = Tensor<float, 2>::zeros(ctx, {3, 5}, "test.x");
    EXPECT_EQ(x.to_host(ctx), std::vector<float>(15));
    EXPECT_EQ(bytes_now(ctx, "test.x"), 60);
  }
  EXPECT_EQ(bytes_now(ctx, "test.x"), 0);
  ASSERT_EQ(ctx.memory_report().size(), 1U);
  EXPECT_EQ(ctx.memory_report()[0].peak_bytes, 60);
}

TEST_P(DeviceTensor, OutlivesItsContext) {
  Tensor<int, 1> x;
  {
    const Context ctx = context();
    x = Tensor<int, 1>::zeros(ctx, {1000}, "test.x");
  }
  x = {};
}

// Sizes around the pieces that copies are cut into (4 MiB of 4-byte numbers are 2^20).
TEST_P(DeviceTensor, CopiesComeBackAsTheyWere) {
  const Context ctx = context();
  for (const std::int64_t size : {0, 1, 1000, (1 << 20) + 1, 5 * (1 << 20) + 3}) {
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(size));
    std::iota(numbers.begin(), numbers.end(), 7);
    const std::vector<std::int32_t> expected = numbers;
    const auto x = Tensor<std::int32_t, 1>::from_host(ctx, {numbers.data(), {size}}, "test.x");
    std::fill(numbers.begin(), numbers.end(), -1);  // the source may change as soon as the call returns
    const auto y = x.clone(ctx, "test.y");
    EXPECT_EQ(y.to_host(ctx), expected) << size;
    EXPECT_EQ(x.to_host(ctx), expected) << size;
  }
}

TEST_P(DeviceTensor, CopiesRefuseAnotherShape) {
  const Context ctx = context();
  auto x = Tensor<float, 2>::zeros(ctx, {2, 3}, "test.x");
  const auto y = Tensor<float, 2>::zeros(ctx, {3, 2}, "test.y");
  EXPECT_THROW(x.copy_from(ctx, y.view()), Error);
}

// A buffer that is given back while its copy is queued must not be reused before the copy.
TEST_P(DeviceTensor, MayDieWhileWorkOnItIsQueued) {
  const Context ctx = context();
  constexpr std::int64_t kSize = 1 << 16;
  const std::vector<std::int32_t> ones(kSize, 1);
  const std::vector<std::int32_t> twos(kSize, 2);
  Tensor<std::int32_t, 1> kept(ctx, {kSize}, "test.kept");
  {
    const auto x = Tensor<std::int32_t, 1>::from_host(ctx, {ones.data(), {kSize}}, "test.x");
    kept.copy_from(ctx, x.view());
  }
  const auto y = Tensor<std::int32_t, 1>::from_host(ctx, {twos.data(), {kSize}}, "test.y");
  EXPECT_EQ(kept.to_host(ctx), ones);
  EXPECT_EQ(y.to_host(ctx), twos);
}

TEST_P(DeviceTensor, SaysHowMuchIsMissingWhenMemoryIsOut) {
  const Context ctx = context();
  try {
    const Tensor<float, 1> x(ctx, {std::int64_t{1} << 55}, "test.huge");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    const std::string message = error.what();
    EXPECT_NE(message.find("test.huge needs 137438953472.0 MiB"), std::string::npos) << message;
    EXPECT_NE(message.find(ctx.device().type == DeviceType::cpu ? "available" : "are free"), std::string::npos)
        << message;
  }
  // The device goes on after that.
  EXPECT_EQ((Tensor<float, 1>::zeros(ctx, {3}, "test.small").to_host(ctx)), std::vector<float>(3));
}

TEST_P(DeviceTensor, ContextsAndTheirNumbers) {
  const Context ctx = context(42, 3);
  EXPECT_EQ(ctx.seed(), 42U);
  EXPECT_EQ(ctx.threads(), 3);
  EXPECT_EQ(ctx.device().name(), GetParam() == "cpu" ? "cpu" : "cuda:0");
  EXPECT_GT(ctx.available_bytes(), 0);
  const Context host = ctx.on_host();
  EXPECT_EQ(host.device().name(), "cpu");
  EXPECT_EQ(host.seed(), 42U);
  EXPECT_EQ(&host.pool(), &ctx.pool());
  EXPECT_GT(copy_bandwidth(ctx, 1 << 20, 1), 0.0);
}

// Copies on a second stream while the first works on what was copied before.
TEST_P(DeviceTensor, TwoOrdersOfWorkMeetWhereTheyAreTold) {
  const Context ctx = context();
  const Context copies = ctx.beside("test.copies");
  EXPECT_EQ(copies.device().name(), ctx.device().name());
  constexpr std::int64_t kSize = 1 << 18;
  constexpr int kRounds = 6;
  std::array<Tensor<std::int32_t, 1>, 2> buffers;
  for (auto& buffer : buffers) buffer = Tensor<std::int32_t, 1>(ctx, {kSize}, "test.buffer");
  Tensor<std::int32_t, 2> out(ctx, {kRounds, kSize}, "test.out");
  copies.wait_for(ctx);
  for (int round = 0; round < kRounds; ++round) {
    auto& buffer = buffers[static_cast<std::size_t>(round % 2)];
    const std::vector<std::int32_t> numbers(kSize, round + 1);
    copies.copy_from_host(buffer.data(), numbers.data(), buffer.bytes());
    copies.wait_for(ctx);  // the next copy but one writes where this round reads
    ctx.wait_for(copies);
    ctx.copy_on_device(out.view().row(round), buffer.data(), buffer.bytes());
  }
  const std::vector<std::int32_t> found = out.to_host(ctx);
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = found.begin() + round * kSize;
    EXPECT_EQ(std::count(begin, begin + kSize, round + 1), kSize) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceTensor, devices(), device_name);

class DeviceMatrix : public OnDevice {};

TEST_P(DeviceMatrix, IsTheHostsMatrix) {
  const Context ctx = context();
  const std::vector<std::int64_t> offsets{0, 2, 2, 3};
  const std::vector<std::int32_t> ids{1, 4, 0};
  const std::vector<float> values{1.0F, -2.0F, 0.5F};
  for (const bool weighted : {false, true}) {
    const CsrView host{.rows = 3,
                       .columns = 5,
                       .offsets = {offsets.data(), {4}},
                       .ids = {ids.data(), {3}},
                       .values = weighted ? View<const float, 1>{values.data(), {3}} : View<const float, 1>{}};
    const DeviceCsr matrix(ctx, host, "test.matrix");
    EXPECT_EQ(matrix.view().nnz(), 3);
    EXPECT_EQ(matrix.view().rows, 3);
    EXPECT_EQ(matrix.view().columns, 5);
    EXPECT_EQ(matrix.view().has_values(), weighted);
    std::vector<std::int64_t> offsets_back(4);
    std::vector<std::int32_t> ids_back(3);
    ctx.copy_to_host(offsets_back.data(), matrix.view().offsets.data(), 32);
    ctx.copy_to_host(ids_back.data(), matrix.view().ids.data(), 12);
    EXPECT_EQ(offsets_back, offsets);
    EXPECT_EQ(ids_back, ids);
    if (weighted) {
      std::vector<float> values_back(3);
      ctx.copy_to_host(values_back.data(), matrix.view().values.data(), 12);
      EXPECT_EQ(values_back, values);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceMatrix, devices(), device_name);

TEST(CudaDevice, SaysWhyThereIsNone) {
  const int count = cuda_device_count();
  try {
    const Context ctx = Context::cuda(count);  // one past the last
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_NE(std::string(error.what()).find("cuda:" + std::to_string(count) + ": "), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(Context::cuda(-1), Error);
}

}  // namespace
}  // namespace kindred
