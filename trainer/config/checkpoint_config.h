// SPDX-License-Identifier: Apache-2.0
// `checkpoint`: how often a training is saved while it runs, and what is kept. A trained model is always saved.
#pragma once

#include "trainer/config/field.h"

#include <cstdint>

namespace kindred {

struct CheckpointConfig {
  std::int64_t every_iterations = 0;
  double every_minutes = 10.0;
  std::int64_t keep_last = 2;
  std::int64_t keep_best = 1;
};

template <typename Visitor>
void fields(Visitor& visit, CheckpointConfig& c) {
  visit("every_iterations", c.every_iterations,
        {.doc = "Save the training after every this many iterations; 0: by time alone.",
         .min = 0,
         .max = 100000,
         .unit = "iterations",
         .result_depends = false});
  visit("every_minutes", c.every_minutes,
        {.doc = "Save the training when the last save is this long ago; 0: by iterations alone.",
         .min = 0,
         .max = 1e6,
         .unit = "minutes",
         .result_depends = false});
  visit("keep_last", c.keep_last,
        {.doc = "Newest checkpoints that are kept, the trained model among them.",
         .min = 1,
         .max = 100000,
         .result_depends = false});
  visit(
      "keep_best", c.keep_best,
      {.doc = "Checkpoints that are kept beside those because of their value of early_stopping.metric, or else of the "
              "first of evaluation.metrics.",
       .min = 0,
       .max = 100000,
       .result_depends = false});
}

}  // namespace kindred
