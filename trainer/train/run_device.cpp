// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_device.h"

#include "kernels/core/device_info.h"
#include "trainer/models/model.h"

#include <fmt/format.h>

namespace kindred {

namespace {

std::string_view type_of(const Config& config) {
  return kChoices<ModelType>[static_cast<std::size_t>(config.model.type)];
}

RunDevice on_cpu(const Config& config, const std::string& why) {
  Context ctx = Context::cpu(static_cast<int>(config.threads), config.run.seed);
  std::string description = fmt::format("cpu, {} threads{}", ctx.threads(), why);
  return {std::move(ctx), std::move(description)};
}

RunDevice on_cuda(const Config& config, int index, const char* why) {
  Context ctx = Context::cuda(index, config.run.seed, static_cast<int>(config.threads));
  const CudaDeviceInfo info = cuda_device_info(index);
  std::string description = fmt::format("{} ({}, {:.1f} GiB), {} threads{}", ctx.device().name(), info.name,
                                        static_cast<double>(info.memory_bytes) / 0x1p30, ctx.threads(), why);
  return {std::move(ctx), std::move(description)};
}

}  // namespace

RunDevice choose_device(const Config& config) {
  const bool on_both = model_runs_on(config.model.type, DeviceType::cuda);
  if (config.device == "cpu") return on_cpu(config, "");
  if (config.device == "auto") {
    if (cuda_device_count() == 0) return on_cpu(config, " (device: auto)");
    if (on_both) return on_cuda(config, 0, " (device: auto)");
    return on_cpu(config, fmt::format(" (device: auto; the {} model has no CUDA version)", type_of(config)));
  }
  if (!on_both) {
    fail(ErrorKind::usage,
         "device: {} and model.type: {}: this model has no CUDA version; expected device: cpu or auto", config.device,
         type_of(config));
  }
  const std::size_t colon = config.device.find(':');
  return on_cuda(config, colon == std::string::npos ? 0 : std::stoi(config.device.substr(colon + 1)), "");
}

}  // namespace kindred
