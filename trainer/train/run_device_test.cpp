// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_device.h"

#include "kernels/core/device_info.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

Config config_for(const std::string& device, ModelType type = ModelType::als) {
  Config config;
  config.device = device;
  config.model.type = type;
  config.threads = 2;
  config.run.seed = 9;
  return config;
}

ErrorKind kind_of_failure(const Config& config) {
  try {
    choose_device(config);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

TEST(RunDevice, CpuIsWhatWasAskedFor) {
  const RunDevice device = choose_device(config_for("cpu"));
  EXPECT_EQ(device.ctx.device().name(), "cpu");
  EXPECT_EQ(device.ctx.seed(), 9U);
  EXPECT_EQ(device.description, "cpu, 2 threads");
}

TEST(RunDevice, AutoTakesCudaWhereItIsThereAndSaysWhatItChose) {
  const RunDevice als = choose_device(config_for("auto"));
  EXPECT_EQ(als.ctx.device().name(), cuda_device_count() > 0 ? "cuda:0" : "cpu");
  EXPECT_EQ(als.ctx.seed(), 9U);
  EXPECT_NE(als.description.find("device: auto"), std::string::npos) << als.description;
  const RunDevice ease = choose_device(config_for("auto", ModelType::ease));
  EXPECT_EQ(ease.ctx.device().name(), "cpu");
  if (cuda_device_count() > 0) {
    EXPECT_NE(ease.description.find("the ease model has no CUDA version"), std::string::npos) << ease.description;
  }
}

TEST(RunDevice, CudaIsThatDeviceOrAnError) {
  if (cuda_device_count() > 0) {
    EXPECT_EQ(choose_device(config_for("cuda")).ctx.device().name(), "cuda:0");
    EXPECT_EQ(choose_device(config_for("cuda:0")).ctx.device().name(), "cuda:0");
  } else {
    EXPECT_EQ(kind_of_failure(config_for("cuda")), ErrorKind::device);
  }
  EXPECT_EQ(kind_of_failure(config_for("cuda:999")), ErrorKind::device);
  EXPECT_EQ(kind_of_failure(config_for("cuda", ModelType::popularity)), ErrorKind::usage);
}

}  // namespace
}  // namespace kindred
