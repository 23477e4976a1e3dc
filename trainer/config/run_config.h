// SPDX-License-Identifier: Apache-2.0
// `run`: what the run is called, its seed, and where its folder goes.
#pragma once

#include "trainer/config/field.h"

#include <cstdint>
#include <string>

namespace kindred {

struct RunConfig {
  std::string name = "run";
  std::uint64_t seed = 42;
  std::string output = "runs";  // folder that takes <name>/<UTC time>-<hash>/
  std::string warm_start;       // a finished run; empty: from random numbers
};

template <typename Visitor>
void fields(Visitor& visit, RunConfig& c) {
  visit("name", c.name,
        {.doc = "Name of the run; its folder is `<output>/<name>/<UTC time>-<hash>`.",
         .rule = TextRule::folder_name,
         .result_depends = false});
  visit("seed", c.seed, {.doc = "Seed of every random number of the training.", .min = 0});
  visit("output", c.output,
        {.doc = "Folder that takes the runs.", .rule = TextRule::not_empty, .result_depends = false});
  visit("warm_start", c.warm_start,
        {.doc = "A finished run (its folder, or a name: its newest) whose vectors the training begins with, joined by "
                "external id; empty: random numbers."});
}

}  // namespace kindred
