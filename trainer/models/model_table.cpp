// SPDX-License-Identifier: Apache-2.0
// The one list of models. To add one:
//   1. config: a struct, its fields(visitor) and a ModelType value (trainer/config);
//   2. numeric work: operations in kernels/ (docs/adding_an_operation.md);
//   3. a class here, trainer/models/<type>.{h,cpp} with a test: checks memory in its constructor, allocates there every
//      array that parameters() names, trains from Dataset::train(), ranks, explains;
//   4. a case in each function below, and the files in trainer/models/CMakeLists.txt.
#include "trainer/models/als_memory.h"
#include "trainer/models/als_model.h"
#include "trainer/models/ease.h"
#include "trainer/models/item_knn.h"
#include "trainer/models/popularity.h"

#include <utility>

namespace kindred {

bool model_runs_on(ModelType type, DeviceType device) { return device == DeviceType::cpu || type == ModelType::als; }

MemoryPlan plan_memory(const Context& ctx, const ModelConfig& config, const Dataset& data) {
  switch (config.type) {
    case ModelType::als:
      return plan_als_memory(ctx, config.als, data).plan;
    case ModelType::popularity:
      return {.device = ctx.device().name(), .parts = {}, .available_bytes = ctx.available_bytes()};
    case ModelType::item_knn:
      return ItemKnnModel::plan_memory(ctx, config.item_knn, data);
    case ModelType::ease:
      return EaseModel::plan_memory(ctx, data);
  }
  fail(ErrorKind::internal, "model type {} is not in the list of models", static_cast<int>(config.type));
}

std::unique_ptr<Model> make_model(const Context& ctx, const ModelConfig& config, std::shared_ptr<const Dataset> data) {
  if (!model_runs_on(config.type, ctx.device().type)) {
    fail(ErrorKind::usage, "model.type: {} has no CUDA version; expected device: cpu or auto (device is {})",
         kChoices<ModelType>[static_cast<std::size_t>(config.type)], ctx.device().name());
  }
  switch (config.type) {
    case ModelType::als:
      return std::make_unique<AlsModel>(ctx, config.als, std::move(data));
    case ModelType::popularity:
      return std::make_unique<PopularityModel>(ctx, config.popularity, std::move(data));
    case ModelType::item_knn:
      return std::make_unique<ItemKnnModel>(ctx, config.item_knn, std::move(data));
    case ModelType::ease:
      return std::make_unique<EaseModel>(ctx, config.ease, std::move(data));
  }
  fail(ErrorKind::internal, "model type {} is not in the list of models", static_cast<int>(config.type));
}

}  // namespace kindred
