// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/synthetic_log.h"

#include "kernels/core/check.h"
#include "kernels/core/version.h"
#include "trainer/data/synth/byte_sink.h"
#include "trainer/data/synth/event_stream.h"
#include "trainer/data/synth/event_writer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iterator>
#include <system_error>
#include <vector>

namespace kindred {

namespace {

constexpr std::array<const char*, 8> kStyleWords = {"Plain",  "Nordic", "Vintage", "Bold",
                                                    "Rustic", "Quiet",  "Urban",   "Bright"};
constexpr std::array<const char*, 16> kCategoryWords = {"lamp",  "chair",  "kettle", "jacket", "novel", "camera",
                                                        "bag",   "teapot", "guitar", "rug",    "watch", "bicycle",
                                                        "scarf", "puzzle", "tent",   "mug"};

template <std::size_t N>
std::string word(const std::array<const char*, N>& words, std::int32_t number) {
  const auto index = static_cast<std::size_t>(number);
  const std::size_t round = index / N;
  return round == 0 ? words[index] : fmt::format("{} {}", words[index % N], round + 1);
}

void write_items(const SynthWorld& world, const std::filesystem::path& path) {
  const auto sink = open_byte_sink(path);
  std::string text = "item,category,style,title\n";
  for (std::int64_t item = 0; item < world.options().items; ++item) {
    const std::string category = word(kCategoryWords, world.category(item));
    const std::string style = word(kStyleWords, world.style(item));
    fmt::format_to(std::back_inserter(text), "{},{},{},{} {} no. {}\n", item, category, style, style, category, item);
    if (text.size() > (std::size_t{1} << 20)) {
      sink->write(text);
      text.clear();
    }
  }
  sink->write(text);
  sink->finish();
}

nlohmann::ordered_json to_json(const OracleScores& scores, std::int64_t k) {
  const auto metric = [](const OracleMetric& value) {
    return nlohmann::ordered_json{{"value", value.value},
                                  {"ci95", {value.value - value.half_width, value.value + value.half_width}}};
  };
  return {{fmt::format("recall@{}", k), metric(scores.recall)}, {fmt::format("ndcg@{}", k), metric(scores.ndcg)}};
}

nlohmann::ordered_json to_json(const OracleProtocol& protocol, std::int64_t k) {
  return {{"users", protocol.users},
          {"oracle", to_json(protocol.oracle, k)},
          {"popularity", to_json(protocol.popularity, k)}};
}

std::string truth_text(const SynthWorld& world, const OracleOptions& oracle_options, const OracleReport& oracle,
                       std::int64_t events) {
  const SynthOptions& options = world.options();
  nlohmann::ordered_json truth;
  truth["made_by"] = "kindred synth " KINDRED_VERSION;
  truth["seed"] = options.seed;
  truth["users"] = options.users;
  truth["items"] = options.items;
  truth["events"] = events;
  truth["model"] = {{"categories", world.categories()},
                    {"styles", options.styles},
                    {"popularity_exponent", options.popularity_exponent},
                    {"activity_exponent", options.activity_exponent},
                    {"noise", options.noise},
                    {"style_focus", options.style_focus},
                    {"taste_decay", options.taste_decay},
                    {"habit", options.habit},
                    {"days", options.days},
                    {"start", options.start}};
  truth["oracle"] = {{"sampled_users", oracle.sampled_users},
                     {"random", to_json(oracle.random, oracle_options.k)},
                     {"leave_one_out", to_json(oracle.leave_one_out, oracle_options.k)}};
  truth["oracle"]["random"]["test_ratio"] = oracle_options.test_ratio;
  return truth.dump(2) + "\n";
}

}  // namespace

SyntheticLog write_synthetic_log(const SynthOptions& options, const OracleOptions& oracle,
                                 const std::filesystem::path& path, ThreadPool& pool, Progress& progress) {
  check(options);
  std::filesystem::path stem = path;
  if (stem.extension() == ".gz" || stem.extension() == ".zst") stem.replace_extension();
  stem.replace_extension();
  SyntheticLog log;
  log.events_file = path;
  log.items_file = stem;
  log.items_file += ".items.csv";
  log.truth_file = stem;
  log.truth_file += ".truth.json";
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) fail(ErrorKind::device, "{}: cannot be made: {}", path.parent_path().string(), error.message());
  }

  const auto writer = make_event_writer(path, pool);
  const SynthWorld world(options);
  const auto begun = std::chrono::steady_clock::now();
  progress.begin("writing events", options.events, "events");
  EventStream stream(world, pool);
  std::vector<SynthEvent> batch;
  while (stream.next(batch)) {
    writer->write(batch);
    log.events += static_cast<std::int64_t>(batch.size());
    progress.update(log.events);
  }
  writer->finish();
  progress.end();
  log.writing_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();

  write_items(world, log.items_file);
  progress.begin("asking the oracle", 0, "users");
  log.truth_json = truth_text(world, oracle, measure_oracle(world, oracle, pool), log.events);
  progress.end();
  const auto sink = open_byte_sink(log.truth_file);
  sink->write(log.truth_json);
  sink->finish();
  return log;
}

}  // namespace kindred
