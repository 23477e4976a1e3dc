// SPDX-License-Identifier: Apache-2.0
#include "tools/new_items.h"

#include "kernels/core/check.h"
#include "tools/id_lists.h"
#include "trainer/data/prepare/confidence.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace kindred {

void add_new_items_option(CLI::App& command, std::string& file) {
  command.add_option("--new-items", file, "new items, folded in: a line is 'item user user ...'")->type_name("FILE");
}

Catalogue open_catalogue(TrainedRun& run, const std::string& file, Progress& progress) {
  Catalogue catalogue(*run.data, Confidence(run.config.data, 0).of_one_event());
  if (file.empty()) return catalogue;
  std::int64_t unknown = 0;
  std::int64_t left_out = 0;
  std::string first;
  for (const IdList& line : read_id_lists(file, "--new-items")) {
    if (catalogue.add(line.name, line.ids, line.place, unknown)) continue;
    if (left_out++ == 0) first = fmt::format("{}: item '{}'", line.place, line.name);
  }
  if (catalogue.num_new() == 0) {
    fail(ErrorKind::usage, "--new-items: none of the {} items has a user whom training knows; the first is {}",
         left_out, first);
  }
  if (unknown > 0) progress.say(fmt::format("{} users of the new items were not trained and were left out", unknown));
  if (left_out > 0) {
    progress.say(fmt::format("{} new items have no user whom training knows and were left out; the first is {}",
                             left_out, first));
  }
  run.model->add_items(run.ctx, catalogue.audiences());
  return catalogue;
}

}  // namespace kindred
