// SPDX-License-Identifier: Apache-2.0
// kindred similar: the items most like one item.
#include "tools/commands.h"
#include "tools/log_format.h"
#include "tools/new_items.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

struct SimilarOptions {
  RunOptions run;
  std::string item;
  std::string new_items_file;
  std::int64_t k = 10;
};

void similar(const SimilarOptions& options) {
  const auto opened = open_progress(options.run);
  Progress& progress = *opened;
  TrainedRun run = open_run(options.run.run, options.run.output);
  const Catalogue items = open_catalogue(run, options.new_items_file, progress);
  const auto row = items.find(options.item);
  if (!row)
    fail(ErrorKind::usage, "--item: item '{}' is neither in the training data nor in --new-items", options.item);
  std::vector<std::int32_t> neighbours;
  std::vector<float> similarities;
  run.model->similar(run.ctx, *row, options.k, neighbours, similarities);

  if (options.run.json) {
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      entries.push_back({{"item", items.text(neighbours[i])}, {"similarity", similarities[i]}});
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"item", options.item}, {"similar", entries}}.dump(2));
    return;
  }
  fmt::print("items like {}\n{:>5}  {:<20} {:>10} {:>12}\n", options.item, "rank", "item", "similarity", "popularity");
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    fmt::print("{:>5}  {:<20} {:>10.4f} {:>12}\n", i + 1, items.text(neighbours[i]), similarities[i],
               items.popularity(neighbours[i]));
  }
}

}  // namespace

void add_similar_command(CLI::App& app) {
  auto options = std::make_shared<SimilarOptions>();
  CLI::App* command = app.add_subcommand("similar", "The items most like one item");
  add_run_options(*command, options->run);
  command->add_option("--item", options->item, "external id of the item")->required()->type_name("ID");
  add_new_items_option(*command, options->new_items_file);
  command->add_option("-k", options->k, "number of items")->capture_default_str()->check(CLI::PositiveNumber);
  command->footer(
      "Examples:\n"
      "  kindred similar als-ml1m --item 1193\n"
      "  kindred similar als-ml1m --item 1193 -k 50 --json\n"
      "  kindred similar als-ml1m --item brand-new --new-items arrivals.txt\n");
  command->callback([options] { similar(*options); });
}

}  // namespace kindred
