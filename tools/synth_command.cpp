// SPDX-License-Identifier: Apache-2.0
// kindred synth: an event log with a planted truth.
#include "kernels/core/check.h"
#include "kernels/core/parallel.h"
#include "tools/commands.h"
#include "tools/log_format.h"
#include "trainer/data/synth/synthetic_log.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

namespace kindred {

namespace {

constexpr const char* kSynthFooter =
    "Writes the events, FILE's stem + .items.csv (categories, titles) and .truth.json (parameters, and what an oracle\n"
    "who knows the truth would reach). The format is told by the end of FILE: .csv .tsv .jsonl (also .gz, .zst), "
    ".parquet.\n"
    "\n"
    "Examples:\n"
    "  kindred synth --users 1e5 --items 2e4 --events 5e6 -o events.parquet\n"
    "  kindred synth --users 1000 --items 500 --events 50000 --seed 7 -o small.csv\n"
    "  kindred synth --habit 0.6 --noise 0.05 -o strong_habits.csv.zst\n";

struct SynthArguments : ProgressOptions {
  SynthOptions options;
  OracleOptions oracle;
  double users = 1e5;
  double items = 2e4;
  double events = 5e6;
  std::string output;
  int threads = 0;
  bool json = false;
};

// Counts may be written as 5e6.
std::int64_t whole_number(const char* option, double value) {
  if (!(value >= 0.0 && value < 0x1.0p53) || value != std::floor(value)) {
    fail(ErrorKind::usage, "synth: --{} is {}; expected a whole number such as 5e6", option, value);
  }
  return static_cast<std::int64_t>(value);
}

void print(const SyntheticLog& log) {
  const auto truth = nlohmann::ordered_json::parse(log.truth_json);
  fmt::print("{} events of {} users and {} items\n", log.events, truth["users"].get<std::int64_t>(),
             truth["items"].get<std::int64_t>());
  fmt::print("  events  {}\n  items   {}\n  truth   {}\n", log.events_file.string(), log.items_file.string(),
             log.truth_file.string());
  for (const char* protocol : {"random", "leave_one_out"}) {
    const auto& scores = truth["oracle"][protocol];
    if (scores["users"].get<std::int64_t>() == 0) continue;
    fmt::print("{} split: an oracle would reach", protocol);
    for (const auto& [name, metric] : scores["oracle"].items()) {
      fmt::print(" {} {:.4f}", name, metric["value"].get<double>());
    }
    fmt::print(", popularity");
    for (const auto& [name, metric] : scores["popularity"].items()) {
      fmt::print(" {} {:.4f}", name, metric["value"].get<double>());
    }
    fmt::print("\n");
  }
}

void synth_command(SynthArguments& arguments) {
  SynthOptions& options = arguments.options;
  options.users = whole_number("users", arguments.users);
  options.items = whole_number("items", arguments.items);
  options.events = whole_number("events", arguments.events);
  if (arguments.threads < 0) fail(ErrorKind::usage, "synth: --threads is {}; expected 0 or more", arguments.threads);
  ThreadPool pool(arguments.threads > 0 ? arguments.threads : available_threads());
  const auto opened = open_progress(arguments);
  Progress& progress = *opened;
  const SyntheticLog log = write_synthetic_log(options, arguments.oracle, arguments.output, pool, progress);
  if (arguments.json) {
    auto result = nlohmann::ordered_json::parse(log.truth_json);
    result["files"] = {
        {"events", log.events_file.string()}, {"items", log.items_file.string()}, {"truth", log.truth_file.string()}};
    result["timing_s"] = {{"writing", log.writing_s}};
    fmt::print("{}\n", result.dump(2));
  } else {
    print(log);
  }
}

}  // namespace

void add_synth_command(CLI::App& app) {
  const auto arguments = std::make_shared<SynthArguments>();
  SynthOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("synth", "make an event log with a planted truth");
  command->footer(kSynthFooter);
  command->add_option("-o,--output", arguments->output, "file to write; its end tells the format")
      ->required()
      ->type_name("FILE");
  // Every option shows its default.
  const auto add = [&](const char* name, auto& target, const char* unit, const char* text) {
    command->add_option(name, target, text)->capture_default_str()->type_name(unit);
  };
  add("--users", arguments->users, "N", "number of users");
  add("--items", arguments->items, "N", "number of items");
  add("--events", arguments->events, "N", "number of events");
  add("--seed", options.seed, "N", "of all random numbers");
  add("--categories", options.categories, "N", "item categories; 0: by the number of items");
  add("--styles", options.styles, "N", "styles within a category");
  add("--popularity-exponent", options.popularity_exponent, "S", "an item of rank r weighs r^-s");
  add("--activity-exponent", options.activity_exponent, "B", "of the Pareto law of events a user");
  add("--noise", options.noise, "X", "share of visits by popularity alone");
  add("--style-focus", options.style_focus, "X", "share of taste visits within the user's style");
  add("--taste-decay", options.taste_decay, "X", "weight of each further category of a user");
  add("--habit", options.habit, "X", "share of visits that follow from the item before");
  add("--days", options.days, "N", "length of the log");
  add("--start", options.start, "SECONDS", "first second, since 1970");
  add("--oracle-users", arguments->oracle.max_users, "N", "users that the oracle is asked about");
  add("--test-ratio", arguments->oracle.test_ratio, "X", "share of items held out from the oracle");
  add("--threads", arguments->threads, "N", "0: all that the process may use");
  add_progress_options(*command, *arguments);
  command->add_flag("--json", arguments->json, "print the truth as JSON");
  command->callback([arguments] { synth_command(*arguments); });
}

}  // namespace kindred
