// SPDX-License-Identifier: Apache-2.0
#include "kernels/gather_rows/gather_rows.h"

#include "kernels/core/host_exchange.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace kindred {
namespace {

class GatherRowsCase : public OnDevice {};

TEST_P(GatherRowsCase, CopiesTheNamedRowsAndLeavesTheOthers) {
  const Context ctx = context();
  constexpr std::int64_t kSource = 13;
  for (const std::int64_t k : {1, 31, 33, 100}) {
    for (const std::int64_t n : {0, 1, 7, 8, 9, 300}) {
      std::vector<float> numbers(static_cast<std::size_t>(kSource * k));
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
      std::vector<std::int32_t> rows(static_cast<std::size_t>(n));
      for (std::int64_t r = 0; r < n; ++r) {
        rows[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(r * 5 % (kSource + 1) - 1);
      }
      const auto source = Tensor<float, 2>::from_host(ctx, {numbers.data(), {kSource, k}}, "source");
      auto out = Tensor<float, 2>::from_host(
          ctx, {std::vector<float>(static_cast<std::size_t>(n * k), -1.0F).data(), {n, k}}, "out");
      const DeviceInput<std::int32_t, 1> on_device(ctx, {rows.data(), {n}}, "rows");
      gather_rows(ctx, {.source = source.view(), .rows = on_device.view(), .out = out.view()});
      const std::vector<float> found = out.to_host(ctx);
      for (std::int64_t r = 0; r < n; ++r) {
        const std::int32_t row = rows[static_cast<std::size_t>(r)];
        for (std::int64_t j = 0; j < k; ++j) {
          const float expected = row < 0 ? -1.0F : static_cast<float>(row * k + j);
          ASSERT_EQ(found[static_cast<std::size_t>(r * k + j)], expected) << k << ", " << n << ": " << r << ", " << j;
        }
      }
    }
  }
}

TEST_P(GatherRowsCase, RefusesShapesThatDoNotFit) {
  const Context ctx = context();
  const Tensor<float, 2> source(ctx, {4, 3}, "source");
  const Tensor<std::int32_t, 1> rows(ctx, {2}, "rows");
  Tensor<float, 2> narrow(ctx, {2, 2}, "out");
  Tensor<float, 2> tall(ctx, {3, 3}, "out");
  EXPECT_THROW(gather_rows(ctx, {.source = source.view(), .rows = rows.view(), .out = narrow.view()}), Error);
  EXPECT_THROW(gather_rows(ctx, {.source = source.view(), .rows = rows.view(), .out = tall.view()}), Error);
}

INSTANTIATE_TEST_SUITE_P(Devices, GatherRowsCase, devices(), device_name);

}  // namespace
}  // namespace kindred
