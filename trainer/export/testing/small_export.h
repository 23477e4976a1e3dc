// SPDX-License-Identifier: Apache-2.0
// A model of 10 users and 12 items, three numbers a vector, and its export: small enough to damage in every way.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/export/export_run.h"
#include "trainer/models/als_model.h"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <utility>

namespace kindred {

// Two tastes of 6 items; users 10 and 11 are held out with a known part.
inline TestDataset two_tastes() {
  TestDataset description;
  description.values = false;
  description.text_ids = true;
  for (std::int32_t user = 0; user < 10; ++user) {
    const std::int32_t first = user < 5 ? 0 : 6;
    for (std::int32_t item = first; item < first + 6; ++item) {
      if (item - first != user % 5) description.train.push_back({.user = user, .item = item});
    }
  }
  description.test = {.targets = {{.user = 10, .item = 2}, {.user = 11, .item = 8}},
                      .history = {{.user = 10, .item = 1}, {.user = 11, .item = 7}},
                      .fold_in = true};
  return description;
}

struct SmallExport {
  SmallExport() {
    AlsConfig als;
    als.factors = 3;
    als.iterations = 4;
    model = std::make_unique<AlsModel>(ctx, als, data);
    for (std::int64_t epoch = 0; epoch < als.iterations; ++epoch) model->train_epoch(ctx, epoch);
    model->finish_training(ctx);
    if (!KINDRED_WITH_COLUMNAR) config.formats = {"npy", "safetensors"};
  }

  nlohmann::ordered_json write(const std::filesystem::path& target) const;  // the manifest

  Context ctx = Context::cpu(2, 7);
  std::shared_ptr<const Dataset> data = make_dataset(two_tastes());
  std::unique_ptr<AlsModel> model;
  ExportConfig config;
};

}  // namespace kindred
