// SPDX-License-Identifier: Apache-2.0
// The configuration of a run as plain structs with their defaults. The one description of each key (name, range,
// text) is the fields(visitor, struct) beside its struct; the reader, the checks, the reference page, the JSON schema
// and the resolved dump are loops over the list that all_fields() makes of them.
#pragma once

#include "trainer/config/checkpoint_config.h"
#include "trainer/config/data_config.h"
#include "trainer/config/evaluation_config.h"
#include "trainer/config/export_config.h"
#include "trainer/config/logging_config.h"
#include "trainer/config/model_config.h"
#include "trainer/config/run_config.h"
#include "trainer/config/split_config.h"

#include <cstdint>
#include <string>

namespace kindred {

struct Config {
  RunConfig run;
  std::string device = "auto";  // auto, cpu, cuda, cuda:1
  std::int64_t threads = 0;     // 0: all that the process may use
  DataConfig data;
  SplitConfig split;
  ModelConfig model;
  EvaluationConfig evaluation;
  EarlyStoppingConfig early_stopping;
  CheckpointConfig checkpoint;
  ExportConfig exported;  // `export`
  LoggingConfig logging;
};

template <typename Visitor>
void fields(Visitor& visit, Config& c) {
  visit.section("run", c.run, "The run: its name, seed and folder.");
  visit("device", c.device,
        {.doc = "`auto`, `cpu`, `cuda` or `cuda:N`; the run prints what `auto` chose.", .rule = TextRule::device});
  visit("threads", c.threads,
        {.doc = "CPU threads; 0: all that the process may use. Results do not depend on it.",
         .min = 0,
         .max = 4096,
         .result_depends = false});
  visit.section("data", c.data, "The events.");
  visit.section("split", c.split, "What is training, validation and test.");
  visit.section("model", c.model, "The model: `type` and the keys of that type.");
  visit.section("evaluation", c.evaluation, "What is measured.");
  visit.section("early_stopping", c.early_stopping, "When training ends before its last iteration.");
  visit.section("checkpoint", c.checkpoint, "How often a training is saved while it runs, and what is kept.");
  visit.section("export", c.exported, "What leaves a run for the systems that serve it.");
  visit.section("logging", c.logging, "What the run tells people and other programs.");
}

// Every key of `config`, in the order of the reference page; the values point into `config`.
FieldList all_fields(Config& config);

}  // namespace kindred
