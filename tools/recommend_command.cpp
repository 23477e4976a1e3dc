// SPDX-License-Identifier: Apache-2.0
// kindred recommend: the best items for one user, a file of users, strangers with a history, or everybody.
#include "tools/commands.h"
#include "tools/id_lists.h"
#include "tools/log_format.h"
#include "tools/new_items.h"
#include "tools/recommendation_writer.h"
#include "trainer/export/recommend.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

using Json = nlohmann::ordered_json;

struct RecommendCommandOptions {
  RunOptions run;
  std::vector<std::string> users;
  std::string users_file;
  std::string histories_file;
  std::string new_items_file;
  bool all = false;
  bool explain = false;
  std::string allow_file;
  std::string deny_file;
  std::string output;
  RecommendOptions recommend;
};

std::vector<Listener> strangers(const Recommender& recommender, const std::string& file, Progress& progress) {
  std::vector<Listener> listeners;
  std::int64_t unknown = 0;
  for (const IdList& line : read_id_lists(file, "--histories")) {
    listeners.push_back(recommender.stranger(line.name, line.ids, unknown));
  }
  if (unknown > 0)
    progress.say(fmt::format("{} history items are not in the training data and were left out", unknown));
  return listeners;
}

std::vector<Listener> listeners(const RecommendCommandOptions& options, const Recommender& recommender,
                                Progress& progress) {
  if (!options.histories_file.empty()) return strangers(recommender, options.histories_file, progress);
  if (options.all) return recommender.everybody();
  std::vector<Listener> result;
  const auto names = options.users_file.empty() ? options.users : read_ids(options.users_file, "--users");
  for (const std::string& name : names) result.push_back(recommender.listener(name));
  return result;
}

void print_table(const Listener& listener, std::span<const Recommendation> list, const Recommender& recommender,
                 const Catalogue& items, bool explain) {
  fmt::print("user {}\n{:>5}  {:<20} {:>10}{}\n", listener.name, "rank", "item", "score",
             explain ? "   because of (contribution)" : "");
  for (std::size_t rank = 0; rank < list.size(); ++rank) {
    fmt::print("{:>5}  {:<20} {:>10.5f}", rank + 1, items.text(list[rank].item), list[rank].score);
    if (explain) {
      constexpr std::size_t kShown = 3;
      const auto contributions = recommender.explain(listener, list[rank].item);
      for (std::size_t c = 0; c < std::min(kShown, contributions.size()); ++c) {
        fmt::print("{}{} ({:+.4f})", c == 0 ? "   " : ", ", items.text(contributions[c].item), contributions[c].value);
      }
      if (contributions.size() > kShown) fmt::print(", {} more", contributions.size() - kShown);
    }
    fmt::print("\n");
  }
  if (list.empty()) fmt::print("       no item is left to recommend\n");
}

Json to_json(const Listener& listener, std::span<const Recommendation> list, const Recommender& recommender,
             const Catalogue& items, bool explain) {
  Json entries = Json::array();
  for (const Recommendation& entry : list) {
    Json json = {{"item", items.text(entry.item)}, {"score", entry.score}};
    if (explain) {
      for (const Contribution& contribution : recommender.explain(listener, entry.item)) {
        json["because"].push_back({{"item", items.text(contribution.item)}, {"contribution", contribution.value}});
      }
    }
    entries.push_back(json);
  }
  return {{"user", listener.name}, {"recommendations", entries}};
}

void recommend(RecommendCommandOptions options) {
  const auto opened = open_progress(options.run);
  Progress& progress = *opened;
  TrainedRun run = open_run(options.run.run, options.run.output);
  if (!options.allow_file.empty()) options.recommend.allow = read_ids(options.allow_file, "--allow");
  if (!options.deny_file.empty()) options.recommend.deny = read_ids(options.deny_file, "--deny");
  const Catalogue items = open_catalogue(run, options.new_items_file, progress);
  const Recommender recommender(run.ctx, items, *run.model, options.recommend);
  const auto who = listeners(options, recommender, progress);

  if (!options.output.empty()) {
    const auto writer = RecommendationWriter::create(options.output);
    std::int64_t done = 0;
    progress.begin("recommending", static_cast<std::int64_t>(who.size()), "users");
    recommender.recommend(who, [&](const Listener& listener, std::span<const Recommendation> list) {
      for (std::size_t rank = 0; rank < list.size(); ++rank) {
        writer->write(listener.name, static_cast<std::int64_t>(rank) + 1, items.text(list[rank].item),
                      list[rank].score);
      }
      progress.update(++done);
    });
    writer->close();
    progress.end(options.output);
    return;
  }
  Json all = Json::array();
  recommender.recommend(who, [&](const Listener& listener, std::span<const Recommendation> list) {
    if (options.run.json) {
      all.push_back(to_json(listener, list, recommender, items, options.explain));
    } else {
      print_table(listener, list, recommender, items, options.explain);
    }
  });
  if (options.run.json) fmt::print("{}\n", all.dump(2));
}

}  // namespace

void add_recommend_command(CLI::App& app) {
  auto options = std::make_shared<RecommendCommandOptions>();
  CLI::App* command = app.add_subcommand("recommend", "The best items for one user, many, or strangers with a history");
  add_run_options(*command, options->run);
  auto* who = command->add_option_group("who", "exactly one of");
  who->add_option("--user", options->users, "external id of a user (repeatable)")
      ->type_name("ID")
      ->allow_extra_args(false);
  who->add_option("--users", options->users_file, "file with one user id a line")->type_name("FILE");
  who->add_option("--histories", options->histories_file, "new users, folded in: a line is 'name item item ...'")
      ->type_name("FILE");
  who->add_flag("--all", options->all, "every user of the training data");
  who->require_option(1);
  command->add_option("-k", options->recommend.k, "items a user")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_flag("--include-seen", options->recommend.include_seen, "also rank items of the user's own history");
  add_new_items_option(*command, options->new_items_file);
  command->add_option("--allow", options->allow_file, "rank only these items (file, one id a line)")->type_name("FILE");
  command->add_option("--deny", options->deny_file, "never these items (file, one id a line)")->type_name("FILE");
  command->add_flag("--explain", options->explain, "what each item of the history adds to the score");
  command
      ->add_option("-o,--output", options->output, "write user, rank, item, score to a .parquet, .csv or .jsonl file")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  kindred recommend als-ml1m --user 42 -k 10 --explain\n"
      "  kindred recommend runs/als-ml1m/20260101T000000Z-0a1b2c3d --users vip.txt --deny sold_out.txt --json\n"
      "  kindred recommend als-ml1m --histories new_visitors.txt -o visitors.csv\n"
      "  kindred recommend als-ml1m --users vip.txt --new-items arrivals.txt\n"
      "  kindred recommend als-ml1m --all -k 100 -o everyone.parquet\n");
  command->callback([options] { recommend(*options); });
}

}  // namespace kindred
