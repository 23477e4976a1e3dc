// SPDX-License-Identifier: Apache-2.0
// --new-items FILE of the commands on a finished run: items that training has not seen, a line 'item user user ...'.
#pragma once

#include "trainer/data/progress.h"
#include "trainer/export/catalogue.h"
#include "trainer/train/trained_run.h"

#include <string>

namespace CLI {
class App;
}

namespace kindred {

void add_new_items_option(CLI::App& command, std::string& file);

// The run's items and those of `file`, if one is named, which the model takes in. What had to be left out is said.
// Error(usage) where the model cannot take items in, an id is taken, or no item has a user whom training knows.
Catalogue open_catalogue(TrainedRun& run, const std::string& file, Progress& progress);

}  // namespace kindred
