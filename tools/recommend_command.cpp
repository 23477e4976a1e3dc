// SPDX-License-Identifier: Apache-2.0
// kindred recommend: the best items for one user, a file of users, strangers with a history, or everybody.
#include "tools/commands.h"
#include "tools/recommendation_writer.h"
#include "tools/terminal_progress.h"
#include "trainer/export/recommend.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace kindred {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  RunOptions run;
  std::vector<std::string> users;
  std::string users_file;
  std::string histories_file;
  bool all = false;
  bool explain = false;
  std::string allow_file;
  std::string deny_file;
  std::string output;
  RecommendOptions recommend;
};

std::vector<std::string> read_lines(const std::string& file, const char* option) {
  std::ifstream stream(file);
  if (!stream) fail(ErrorKind::usage, "{}: {}: cannot be read", option, file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) fail(ErrorKind::usage, "{}: {}: has no entries; one id a line is expected", option, file);
  return lines;
}

std::vector<Listener> strangers(const Recommender& recommender, const std::string& file, Progress& progress) {
  std::vector<Listener> listeners;
  std::int64_t unknown = 0;
  for (const std::string& line : read_lines(file, "--histories")) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<std::string> items{std::istream_iterator<std::string>(words), {}};
    listeners.push_back(recommender.stranger(std::move(name), items, unknown));
  }
  if (unknown > 0)
    progress.say(fmt::format("{} history items are not in the training data and were left out", unknown));
  return listeners;
}

std::vector<Listener> listeners(const Options& options, const Recommender& recommender, const Dataset& data,
                                Progress& progress) {
  if (!options.histories_file.empty()) return strangers(recommender, options.histories_file, progress);
  std::vector<Listener> result;
  if (options.all) {
    for (std::int64_t row = 0; row < data.num_users(); ++row) {
      result.push_back(
          {.name = data.users().text(row), .row = static_cast<std::int32_t>(row), .items = {}, .values = {}});
    }
    return result;
  }
  const auto names = options.users_file.empty() ? options.users : read_lines(options.users_file, "--users");
  for (const std::string& name : names) result.push_back(recommender.listener(name));
  return result;
}

void print_table(const Listener& listener, std::span<const Recommendation> list, const Recommender& recommender,
                 const IdDictionary& items, bool explain) {
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
             const IdDictionary& items, bool explain) {
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

void recommend(Options options) {
  TerminalProgress progress(options.run.quiet);
  const TrainedRun run =
      open_run(options.run.run, options.run.output, [&](std::string_view line) { progress.say(line); });
  if (!options.allow_file.empty()) options.recommend.allow = read_lines(options.allow_file, "--allow");
  if (!options.deny_file.empty()) options.recommend.deny = read_lines(options.deny_file, "--deny");
  const Recommender recommender(run.ctx, *run.data, *run.model, options.recommend);
  const auto who = listeners(options, recommender, *run.data, progress);
  const IdDictionary& items = run.data->items();

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
  auto options = std::make_shared<Options>();
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
      "  kindred recommend als-ml1m --all -k 100 -o everyone.parquet\n");
  command->callback([options] { recommend(*options); });
}

}  // namespace kindred
