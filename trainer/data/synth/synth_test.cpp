// SPDX-License-Identifier: Apache-2.0
// Synthetic logs: the planted truth against what comes out.
#include "kernels/core/check.h"
#include "trainer/data/progress.h"
#include "trainer/data/synth/event_stream.h"
#include "trainer/data/synth/hidden_visits.h"
#include "trainer/data/synth/oracle.h"
#include "trainer/data/synth/synthetic_log.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

SynthOptions small() {
  SynthOptions options;
  options.users = 2000;
  options.items = 600;
  options.events = 60'000;
  options.categories = 8;
  return options;
}

std::vector<SynthEvent> all_events(const SynthOptions& options, int threads = 1) {
  const SynthWorld world(options);
  ThreadPool pool(threads);
  EventStream stream(world, pool);
  std::vector<SynthEvent> all;
  std::vector<SynthEvent> batch;
  while (stream.next(batch)) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

// A folder of its own that goes with the test.
class SynthFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("kindred_synth_") + info->name());
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  SyntheticLog make(const std::string& name, const SynthOptions& options, int threads = 1) const {
    ThreadPool pool(threads);
    NoProgress progress;
    OracleOptions oracle;
    oracle.max_users = 50;
    return write_synthetic_log(options, oracle, folder_ / name, pool, progress);
  }
  std::filesystem::path folder_;
};

TEST(AliasTables, DrawsInProportionToTheWeights) {
  const std::vector<double> weights = {5.0, 1.0, 0.0, 3.0, 1.0, 7.0};
  const std::vector<std::int64_t> borders = {0, 4, 6};
  const AliasTables tables(weights, borders);
  const Random random(1, "test");
  std::vector<double> counts(6);
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto row = static_cast<std::uint64_t>(i);
    counts[static_cast<std::size_t>(tables.draw(0, 4, random.bits(row, 0)))] += 1.0 / kDraws;
    counts[static_cast<std::size_t>(tables.draw(4, 6, random.bits(row, 1)))] += 1.0 / kDraws;
  }
  const std::vector<double> expected = {5.0 / 9, 1.0 / 9, 0.0, 3.0 / 9, 1.0 / 8, 7.0 / 8};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(counts[i], expected[i], 0.005) << i;
  EXPECT_EQ(counts[2], 0.0);
}

TEST(AliasTables, OneWeightIsAlwaysDrawn) {
  const std::vector<double> weights = {0.3};
  const AliasTables tables(weights, std::vector<std::int64_t>{0, 1});
  for (const std::uint64_t bits : {0ULL, 1ULL, ~0ULL}) EXPECT_EQ(tables.draw(0, 1, bits), 0);
}

TEST(SynthWorld, TasteProbabilitiesSumToOne) {
  for (const std::int64_t items : {1, 2, 7, 600}) {
    SynthOptions options = small();
    options.items = items;
    const SynthWorld world(options);
    for (std::int64_t user = 0; user < 20; ++user) {
      const TasteProfile tastes = world.tastes(user);
      double sum = 0.0;
      for (std::int64_t item = 0; item < items; ++item) sum += world.taste_probability(tastes, item);
      EXPECT_NEAR(sum, 1.0, 1e-12) << items << " items, user " << user;
    }
  }
}

TEST(SynthWorld, VisitsFollowTheStatedProbabilities) {
  SynthOptions options = small();
  options.items = 12;
  options.categories = 3;
  options.styles = 2;
  const SynthWorld world(options);
  const TasteProfile tastes = world.tastes(5);
  constexpr std::uint32_t kVisits = 400'000;
  for (const std::int32_t last : {-1, 4}) {
    std::vector<double> share(12);
    for (std::uint32_t ordinal = 0; ordinal < kVisits; ++ordinal) {
      share[static_cast<std::size_t>(world.visit(tastes, 5, ordinal, last).item)] += 1.0 / kVisits;
    }
    for (std::int32_t item = 0; item < 12; ++item) {
      double expected = world.taste_probability(tastes, item);
      if (last >= 0) expected = (1.0 - options.habit) * expected + options.habit * habit_probability(world, last, item);
      EXPECT_NEAR(share[static_cast<std::size_t>(item)], expected, 0.004) << "last " << last << ", item " << item;
    }
  }
}

TEST(SynthWorld, PopularityFollowsItsPowerLaw) {
  SynthOptions options = small();
  options.popularity_exponent = 0.9;
  const SynthWorld world(options);
  std::vector<double> shares;
  for (std::int64_t item = 0; item < options.items; ++item) shares.push_back(world.popularity(item));
  std::sort(shares.rbegin(), shares.rend());
  EXPECT_NEAR(std::log(shares[0] / shares[99]) / std::log(100.0), 0.9, 1e-9);

  // Counted events follow it too, habits and tastes notwithstanding: least squares of log count on log rank.
  std::map<std::int32_t, double> counts;
  for (const SynthEvent& event : all_events(options)) counts[event.item] += 1.0;
  std::vector<double> sorted;
  for (const auto& [item, count] : counts) sorted.push_back(count);
  std::sort(sorted.rbegin(), sorted.rend());
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t rank = 4; rank < 200; ++rank) {
    const double x = std::log(static_cast<double>(rank) + 1.0);
    const double y = std::log(sorted[rank]);
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  EXPECT_NEAR((n * sxy - sx * sy) / (n * sxx - sx * sx), -0.9, 0.15);
}

TEST(SynthWorld, EventsOfUsersSumExactlyAndAreSkewed) {
  for (const std::int64_t events : {0, 1, 999, 60'000}) {
    SynthOptions options = small();
    options.events = events;
    const std::vector<std::uint32_t> counts = SynthWorld(options).events_of_users();
    std::int64_t sum = 0;
    for (const std::uint32_t count : counts) sum += count;
    EXPECT_EQ(sum, events);
    if (events == 60'000) {
      EXPECT_GT(*std::max_element(counts.begin(), counts.end()), 300U);
      EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 5U);
    }
  }
}

TEST(SynthWorld, UsersKeepToTheirCategories) {
  SynthOptions options = small();
  options.categories = 20;
  options.habit = 0.0;
  const SynthWorld world(options);
  double inside = 0.0;
  double expected = 0.0;
  const std::vector<SynthEvent> events = all_events(options);
  for (const SynthEvent& event : events) {
    std::set<std::int32_t> categories;
    for (const Taste& taste : world.tastes(event.user)) categories.insert(taste.category);
    double mass = 0.0;
    for (const std::int32_t category : categories) mass += world.mass(category);
    inside += categories.count(world.category(event.item)) > 0 ? 1.0 : 0.0;
    expected += 1.0 - options.noise * (1.0 - mass);
  }
  EXPECT_NEAR(inside / static_cast<double>(events.size()), expected / static_cast<double>(events.size()), 0.005);
}

TEST(EventStream, IsInOrderOfTimeWithWholeSessions) {
  SynthOptions options = small();
  options.events = 450'000;  // three slots
  options.users = 9000;
  const std::vector<SynthEvent> events = all_events(options);
  ASSERT_EQ(events.size(), 450'000U);
  struct Session {
    std::int32_t user;
    std::int64_t last_time;
  };
  std::map<std::int64_t, Session> sessions;
  std::map<std::int32_t, std::int64_t> last_time;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const SynthEvent& event = events[i];
    ASSERT_LE(events[i == 0 ? 0 : i - 1].time, event.time) << i;
    ASSERT_GE(event.time, options.start);
    const auto [user, first_of_user] = last_time.emplace(event.user, event.time);
    ASSERT_TRUE(first_of_user || user->second < event.time);
    user->second = event.time;
    const auto [session, fresh] = sessions.emplace(event.session, Session{event.user, event.time});
    ASSERT_EQ(session->second.user, event.user);
    if (!fresh) {
      ASSERT_GE(event.time - session->second.last_time, 5);
      ASSERT_LE(event.time - session->second.last_time, 120);
    }
    session->second.last_time = event.time;
  }
  EXPECT_NEAR(static_cast<double>(events.size()) / static_cast<double>(sessions.size()), 4.0, 0.3);
  EXPECT_EQ(sessions.begin()->first, 0);
  EXPECT_EQ(sessions.rbegin()->first, static_cast<std::int64_t>(sessions.size()) - 1);
  EXPECT_EQ(last_time.size(), 9000U);
}

TEST(EventStream, EveningsAndWeekendsAreBusier) {
  const std::vector<SynthEvent> events = all_events(small());
  double evening = 0.0;
  double morning = 0.0;
  double weekend = 0.0;
  for (const SynthEvent& event : events) {
    const std::int64_t hour = event.time % 86'400 / 3600;
    evening += hour >= 18 && hour < 22 ? 1.0 : 0.0;
    morning += hour >= 6 && hour < 10 ? 1.0 : 0.0;
    weekend += (event.time / 86'400 + 3) % 7 >= 5 ? 1.0 : 0.0;
  }
  EXPECT_GT(evening, 2.5 * morning);
  EXPECT_NEAR(weekend / static_cast<double>(events.size()), 2.6 / 7.6, 0.03);
}

TEST(EventStream, PurchasesAreRarestAndMostDeliberate) {
  std::map<SynthEventKind, double> counts;
  for (const SynthEvent& event : all_events(small())) counts[event.kind] += 1.0;
  EXPECT_GT(counts[SynthEventKind::view], 3.0 * counts[SynthEventKind::cart]);
  EXPECT_GT(counts[SynthEventKind::cart], 1.5 * counts[SynthEventKind::purchase]);
  EXPECT_GT(counts[SynthEventKind::purchase], 0.0);
}

TEST(EventStream, SameEventsForAnyNumberOfThreads) {
  SynthOptions options = small();
  options.events = 450'000;
  const std::vector<SynthEvent> one = all_events(options, 1);
  EXPECT_EQ(one, all_events(options, 2));
  EXPECT_EQ(one, all_events(options, 5));
  options.seed = 43;
  EXPECT_NE(one, all_events(options, 2));
}

TEST(EventStream, SizesNoneAndOne) {
  SynthOptions options;
  options.users = options.items = options.events = 0;
  EXPECT_TRUE(all_events(options).empty());
  options.users = options.items = 3;
  EXPECT_TRUE(all_events(options).empty());
  options.users = options.items = options.events = 1;
  ASSERT_EQ(all_events(options).size(), 1U);
  options.events = 50;
  const std::vector<SynthEvent> events = all_events(options);
  ASSERT_EQ(events.size(), 50U);
  for (const SynthEvent& event : events) EXPECT_EQ(event.item, 0);
}

TEST(Oracle, HiddenVisitScoresMatchTheFormulaInDenseLoops) {
  SynthOptions options = small();
  options.items = 15;
  options.categories = 2;
  options.styles = 2;
  options.habit = 0.4;
  const SynthWorld world(options);
  const TasteProfile tastes = world.tastes(3);
  const auto f = [&](std::int32_t from, std::int32_t to) {  // from -1: first visit
    const double p = world.taste_probability(tastes, to);
    return from < 0 ? p : (1.0 - options.habit) * p + options.habit * habit_probability(world, from, to);
  };
  const std::vector<std::int32_t> seen = {4, 9, 4, 1, world.companions(1)[0]};
  const double ratio = 0.2;
  std::vector<double> expected(15);
  for (std::size_t place = 0; place <= seen.size(); ++place) {
    const std::int32_t before = place == 0 ? -1 : seen[place - 1];
    if (place == seen.size()) {
      for (std::int32_t j = 0; j < 15; ++j) expected[static_cast<std::size_t>(j)] += ratio * f(before, j);
      continue;
    }
    const std::int32_t after = seen[place];
    double through = 0.0;
    for (std::int32_t j = 0; j < 15; ++j) through += f(before, j) * f(j, after);
    for (std::int32_t j = 0; j < 15; ++j) {
      expected[static_cast<std::size_t>(j)] +=
          ratio * f(before, j) * f(j, after) / (f(before, after) + ratio * through);
    }
  }
  std::vector<double> scores(15);
  score_hidden_visits(world, Predecessors(world), tastes, seen, ratio, scores);
  for (std::size_t j = 0; j < 15; ++j) EXPECT_NEAR(scores[j], expected[j], 1e-12) << j;

  score_next_visit(world, tastes, 9, scores);
  for (std::int32_t j = 0; j < 15; ++j) EXPECT_NEAR(scores[static_cast<std::size_t>(j)], f(9, j), 1e-12) << j;
}

TEST(Oracle, BeatsPopularityAndKnowingMoreHelps) {
  ThreadPool pool(2);
  SynthOptions options = small();
  options.habit = 0.5;
  const OracleReport strong = measure_oracle(SynthWorld(options), {}, pool);
  EXPECT_EQ(strong.sampled_users, 2000);
  for (const OracleProtocol* protocol : {&strong.random, &strong.leave_one_out}) {
    EXPECT_GT(protocol->users, 1500);
    EXPECT_GT(protocol->oracle.recall.value, 1.5 * protocol->popularity.recall.value);
    EXPECT_GT(protocol->oracle.ndcg.value, 1.5 * protocol->popularity.ndcg.value);
    EXPECT_LT(protocol->oracle.recall.value, 1.0);
    EXPECT_GT(protocol->oracle.recall.half_width, 0.0);
  }
  // Of pure noise nobody knows more than popularity.
  options.noise = 1.0;
  options.habit = 0.0;
  const OracleReport noise = measure_oracle(SynthWorld(options), {}, pool);
  EXPECT_NEAR(noise.random.oracle.ndcg.value, noise.random.popularity.ndcg.value, 1e-9);
  EXPECT_NEAR(noise.leave_one_out.oracle.recall.value, noise.leave_one_out.popularity.recall.value, 1e-9);
}

TEST(Oracle, SameReportForAnyNumberOfThreads) {
  const SynthWorld world(small());
  ThreadPool one(1);
  ThreadPool three(3);
  OracleOptions options;
  options.max_users = 300;
  const OracleReport a = measure_oracle(world, options, one);
  const OracleReport b = measure_oracle(world, options, three);
  EXPECT_EQ(a.sampled_users, 300);
  EXPECT_EQ(a.random.oracle.recall.value, b.random.oracle.recall.value);
  EXPECT_EQ(a.leave_one_out.oracle.ndcg.value, b.leave_one_out.oracle.ndcg.value);
}

TEST_F(SynthFiles, SameBytesForAnyNumberOfThreadsInEveryFormat) {
  SynthOptions options = small();
  options.events = 20'000;
  for (const char* ending : {".csv", ".tsv", ".jsonl", ".csv.gz", ".csv.zst", ".parquet"}) {
    const SyntheticLog one = make(std::string("one") + ending, options, 1);
    const SyntheticLog two = make(std::string("two") + ending, options, 3);
    EXPECT_EQ(one.events, 20'000);
    const std::string bytes = content(one.events_file);
    EXPECT_GT(bytes.size(), 50'000U) << ending;
    EXPECT_TRUE(bytes == content(two.events_file)) << ending;
    EXPECT_EQ(content(one.items_file), content(two.items_file));
    EXPECT_EQ(content(one.truth_file), content(two.truth_file));
    EXPECT_EQ(content(one.truth_file), one.truth_json);
    EXPECT_FALSE(std::filesystem::exists(one.events_file.string() + ".partial"));
  }
}

TEST_F(SynthFiles, CompressedFilesHoldThePlainOnes) {
  SynthOptions options = small();
  options.events = 5000;
  const std::string plain = content(make("plain.csv", options).events_file);
  EXPECT_EQ(plain.substr(0, 36), "user,item,timestamp,event,session\n" + plain.substr(34, 2));
  EXPECT_EQ(std::count(plain.begin(), plain.end(), '\n'), 5001);

  const std::string zst = content(make("packed.csv.zst", options).events_file);
  std::string unpacked(plain.size() + 1, '\0');
  unpacked.resize(ZSTD_decompress(unpacked.data(), unpacked.size(), zst.data(), zst.size()));
  EXPECT_TRUE(unpacked == plain);

  gzFile gz = gzopen(make("packed.csv.gz", options).events_file.c_str(), "rb");
  ASSERT_NE(gz, nullptr);
  unpacked.assign(plain.size() + 1, '\0');
  unpacked.resize(static_cast<std::size_t>(gzread(gz, unpacked.data(), static_cast<unsigned>(unpacked.size()))));
  gzclose(gz);
  EXPECT_TRUE(unpacked == plain);
}

TEST_F(SynthFiles, TruthAndItemsSayWhatWasMade) {
  const SyntheticLog log = make("deep/folder/log.csv", small());
  const auto truth = nlohmann::json::parse(log.truth_json);
  EXPECT_EQ(truth["events"], 60'000);
  EXPECT_EQ(truth["model"]["categories"], 8);
  EXPECT_EQ(truth["oracle"]["sampled_users"], 50);
  EXPECT_GT(truth["oracle"]["random"]["oracle"]["recall@20"]["value"], 0.1);
  const std::string items = content(log.items_file);
  EXPECT_EQ(std::count(items.begin(), items.end(), '\n'), 601);
  EXPECT_EQ(items.substr(0, items.find('\n')), "item,category,style,title");
}

TEST_F(SynthFiles, AnEmptyLogIsAFileWithAHeader) {
  SynthOptions options;
  options.users = options.items = options.events = 0;
  EXPECT_EQ(content(make("empty.csv", options).events_file), "user,item,timestamp,event,session\n");
  EXPECT_TRUE(std::filesystem::exists(make("empty.parquet", options).events_file));
}

std::string message_of(const SynthOptions& options) {
  try {
    SynthWorld{options};
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

TEST(SynthOptions, BadValuesAreNamedWithWhatWasExpected) {
  SynthOptions options = small();
  options.habit = 1.5;
  EXPECT_EQ(message_of(options), "synth: --habit is 1.5; expected 0 to 0.95");
  options = small();
  options.users = -1;
  EXPECT_EQ(message_of(options), "synth: --users is -1; expected 0 to 2147483647");
  options = small();
  options.items = 0;
  EXPECT_NE(message_of(options).find("events need one of each"), std::string::npos);
  options = small();
  options.noise = std::nan("");
  EXPECT_EQ(message_of(options), "synth: --noise is nan; expected 0 to 1");
}

TEST(SynthOptions, EventsThatDoNotFitIntoTheDaysAreRefused) {
  SynthOptions options = small();
  options.days = 1;
  options.users = 2;
  ThreadPool pool(1);
  const SynthWorld world(options);
  EXPECT_THROW(EventStream(world, pool), Error);
}

TEST_F(SynthFiles, UnknownEndingsAndUnwritablePlacesAreErrors) {
  for (const char* name : {"log", "log.txt", "log.parquet.zst"}) {
    EXPECT_THROW(make(name, small()), Error) << name;
  }
  std::filesystem::create_directories(folder_ / "taken.csv");
  try {
    make("taken.csv", small());
    ADD_FAILURE() << "a folder was overwritten";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_NE(std::string(error.what()).find("taken.csv"), std::string::npos);
  }
}

}  // namespace
}  // namespace kindred
