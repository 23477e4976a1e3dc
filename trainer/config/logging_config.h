// SPDX-License-Identifier: Apache-2.0
// `logging`: what a run tells people and other programs. Nothing here changes what is trained.
#pragma once

#include "trainer/config/field.h"

#include <cstdint>
#include <string>

namespace kindred {

struct LoggingConfig {
  bool report = true;             // report.html at the end
  std::int64_t sample_users = 8;  // of report.html
  bool tensorboard = false;       // event files in <run>/tensorboard/
  std::string prometheus;         // file.prom for node_exporter's textfile collector; empty: none
};

template <typename Visitor>
void fields(Visitor& visit, LoggingConfig& c) {
  visit("report", c.report, {.doc = "Write report.html into the run folder at the end.", .result_depends = false});
  visit("sample_users", c.sample_users,
        {.doc = "Users whose history and recommendations report.html shows.",
         .min = 0,
         .max = 1000,
         .result_depends = false});
  visit("tensorboard", c.tensorboard,
        {.doc = "Write TensorBoard event files into `<run>/tensorboard/`.", .result_depends = false});
  visit("prometheus", c.prometheus,
        {.doc = "File, ending in `.prom`, that is kept up to date for node_exporter's textfile collector; empty: none.",
         .rule = TextRule::prometheus_file,
         .result_depends = false});
}

}  // namespace kindred
