// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/training_plan.h"

#include "trainer/data/prepare.h"
#include "trainer/train/run_device.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

double mib(std::int64_t bytes) { return static_cast<double>(bytes) / 0x1p20; }

std::string table_row(std::string_view what, std::int64_t bytes) {
  return fmt::format("  {:<36} {:>12.1f} MiB\n", what, mib(bytes));
}

}  // namespace

TrainingPlan plan_training(const LoadedConfig& loaded, Progress& progress) {
  const Config& config = loaded.config;
  const RunDevice device = choose_device(config);
  const PreparedDataset prepared = prepare(config, device.ctx.pool(), progress);
  const auto data = Dataset::open(prepared.folder);
  return {.device = device.description,
          .model = std::string(kChoices<ModelType>[static_cast<std::size_t>(config.model.type)]),
          .users = data->num_users(),
          .items = data->num_items(),
          .interactions = data->train().nnz(),
          .memory = plan_memory(device.ctx, config.model, *data)};
}

std::string to_table(const TrainingPlan& plan) {
  const MemoryPlan& memory = plan.memory;
  std::string table = fmt::format("device  {}\nmodel   {} on {} users, {} items, {} interactions\n", plan.device,
                                  plan.model, plan.users, plan.items, plan.interactions);
  for (const MemoryPart& part : memory.parts) table += table_row(part.what, part.bytes);
  table += table_row("in all", memory.total_bytes());
  table += table_row("available on " + memory.device, memory.available_bytes);
  if (memory.streamed_bytes > 0) table += table_row("streamed from the host in each pass", memory.streamed_bytes);
  table += memory.fits() ? "fits\n" : "does not fit\n";
  return table;
}

nlohmann::ordered_json to_json(const TrainingPlan& plan) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const MemoryPart& part : plan.memory.parts) parts.push_back({{"what", part.what}, {"bytes", part.bytes}});
  return {{"device", plan.device},
          {"model", plan.model},
          {"users", plan.users},
          {"items", plan.items},
          {"interactions", plan.interactions},
          {"memory",
           {{"device", plan.memory.device},
            {"parts", parts},
            {"total_bytes", plan.memory.total_bytes()},
            {"available_bytes", plan.memory.available_bytes},
            {"streamed_bytes", plan.memory.streamed_bytes},
            {"fits", plan.memory.fits()}}}};
}

void require_memory(const TrainingPlan& plan) {
  require_memory(plan.memory, fmt::format("model.type: {}", plan.model),
                 "choose a smaller model or a device with more memory");
}

}  // namespace kindred
