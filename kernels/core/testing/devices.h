// SPDX-License-Identifier: Apache-2.0
// Tests that run once for each device:
//     class Gram : public OnDevice {};
//     TEST_P(Gram, ...) { const Context ctx = context(); ... }
//     INSTANTIATE_TEST_SUITE_P(Devices, Gram, devices(), device_name);
// "cuda" is skipped, with the reason, where there is no such device. A fixture with more parameters derives from
// testing::TestWithParam itself and calls skip_without_device in SetUp.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/device_info.h"

#include <gtest/gtest.h>

#include <string>

namespace kindred {

inline auto devices() { return testing::Values(std::string("cpu"), std::string("cuda")); }

inline std::string device_name(const testing::TestParamInfo<std::string>& info) { return info.param; }

inline Context make_context(const std::string& device, std::uint64_t seed = 0, int threads = 2) {
  return device == "cpu" ? Context::cpu(threads, seed) : Context::cuda(0, seed, threads);
}

inline void skip_without_device(const std::string& device) {
  if (device == "cuda" && cuda_device_count() == 0) GTEST_SKIP() << why_no_cuda_device();
}

class OnDevice : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { skip_without_device(GetParam()); }
  static Context context(std::uint64_t seed = 0, int threads = 2) { return make_context(GetParam(), seed, threads); }
};

}  // namespace kindred
