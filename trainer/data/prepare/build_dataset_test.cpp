// SPDX-License-Identifier: Apache-2.0
// Hand-made cases of cleaning, duplicates, confidences and shapes; the same bytes for any number of threads.
#include "trainer/data/prepare/build_dataset.h"

#include "kernels/core/check.h"
#include "kernels/core/random.h"
#include "trainer/data/dataset_manifest.h"
#include "trainer/data/dataset_writer.h"
#include "trainer/data/prepare/confidence.h"
#include "trainer/data/testing/make_raw_events.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace kindred {
namespace {

namespace fs = std::filesystem;

SplitConfig no_split() {
  SplitConfig split;
  split.protocol = SplitProtocol::none;
  return split;
}

DatasetArrays build(std::vector<RawRow> rows, RawColumns columns, const DataConfig& data, const SplitConfig& split,
                    PrepareReport& report, int threads = 2) {
  ThreadPool pool(threads);
  NoProgress progress;
  RawDataset raw;
  raw.events = make_raw_events(rows, columns);
  return build_dataset(std::move(raw), data, split, nullptr, pool, progress, report);
}

float only_value(const std::vector<RawRow>& rows, const DataConfig& data, bool times = true) {
  PrepareReport report;
  const DatasetArrays arrays = build(rows, {.weights = true, .times = times}, data, no_split(), report);
  EXPECT_EQ(arrays.train.nnz(), 1);
  return arrays.train.view().value(0);
}

TEST(Duplicates, SumLastMaxFirst) {
  const std::vector<RawRow> rows = {{"u", "i", 2, 3000}, {"u", "i", 5, 1000}, {"u", "i", 3, 3000}, {"u", "i", 4, 2000}};
  DataConfig data;
  EXPECT_EQ(only_value(rows, data), 14.0F);
  data.duplicates = Duplicates::last;  // the later in the file of the two at 3000
  EXPECT_EQ(only_value(rows, data), 3.0F);
  EXPECT_EQ(only_value(rows, data, false), 4.0F);  // without timestamps the file's order
  data.duplicates = Duplicates::max;
  EXPECT_EQ(only_value(rows, data), 5.0F);
  data.duplicates = Duplicates::first;
  EXPECT_EQ(only_value(rows, data), 5.0F);
  EXPECT_EQ(only_value(rows, data, false), 2.0F);
}

TEST(Duplicates, WithoutWeightsTheyAreCounted) {
  PrepareReport report;
  const std::vector<RawRow> rows = {{"u", "i"}, {"u", "i"}, {"u", "j"}};
  DatasetArrays arrays = build(rows, {}, {}, no_split(), report);
  ASSERT_TRUE(arrays.train.values.allocated());
  EXPECT_EQ(arrays.train.values[0], 2.0F);
  EXPECT_EQ(arrays.train.values[1], 1.0F);
  DataConfig binary;
  binary.binarize = true;
  EXPECT_FALSE(build(rows, {}, binary, no_split(), report).train.values.allocated());
}

TEST(Clean, EachCauseIsCountedOnce) {
  DataConfig data;
  data.filter.min_weight = 3.0;
  data.filter.time_from = "10";
  data.filter.time_to = "20";
  data.filter.events = {"buy", "view"};
  data.event_weights = {{"buy", 5.0}, {"view", 0.5}};
  PrepareReport report;
  const DatasetArrays arrays = build({{"a", "x", 1, 0, "other"},
                                      {"a", "x", 3, 9999, "other"},
                                      {"a", "x", 3, 20000, "buy"},
                                      {"a", "x", 3, 19999, "other"},
                                      {"a", "x", 3, 19999, "buy"},
                                      {"b", "x", 4, 10000, "view"}},
                                     {.weights = true, .times = true, .kinds = true}, data, no_split(), report);
  EXPECT_EQ(report.dropped, (Counts{{"below_min_weight", 1}, {"outside_time_range", 2}, {"event_kind", 1}}));
  ASSERT_EQ(arrays.train.nnz(), 2);
  EXPECT_EQ(arrays.train.values[0], 15.0F);
  EXPECT_EQ(arrays.train.values[1], 2.0F);
  EXPECT_EQ(arrays.timestamps[0], 19);

  data.event_weights.erase("view");
  EXPECT_THROW(
      build({{"b", "x", 4, 10000, "view"}}, {.weights = true, .times = true, .kinds = true}, data, no_split(), report),
      Error);
}

TEST(Clean, TooActiveUsersAndCancelledWeights) {
  DataConfig data;
  data.filter.max_user_events = 2;
  PrepareReport report;
  const DatasetArrays arrays =
      build({{"bot", "x", 1}, {"bot", "x", 1}, {"bot", "y", 1}, {"u", "x", 5}, {"u", "x", -5}, {"v", "y", 1}},
            {.weights = true}, data, no_split(), report);
  EXPECT_EQ(arrays.train.nnz(), 1);
  EXPECT_EQ(report.dropped, (Counts{{"too_active_user", 3}, {"merged_duplicate", 1}, {"weight_not_positive", 1}}));
}

TEST(Confidence, AnEventAfterTheTrainingIsYoungAndPositive) {
  DataConfig data;
  data.confidence.alpha = 10.0;
  data.confidence.add_one = true;
  EXPECT_EQ(Confidence(data, 0).of_one_event(), 11.0F);
  data.confidence.half_life_days = 30.0;
  data.confidence.negative_below = 4.0;
  EXPECT_EQ(Confidence(data, 1'700'000'000'000).of_one_event(), 11.0F);
  EXPECT_EQ(Confidence(data, 0).value(1.0F, 0), -11.0F);
}

TEST(Confidence, LinearLogDecayAndNegative) {
  DataConfig data;
  data.confidence.alpha = 40.0;
  data.confidence.add_one = true;
  EXPECT_EQ(only_value({{"u", "i", 2}}, data), 81.0F);
  data.confidence.transform = ConfidenceTransform::log;
  data.confidence.epsilon = 0.5;
  EXPECT_FLOAT_EQ(only_value({{"u", "i", 2}}, data), static_cast<float>(1.0 + 40.0 * std::log(1.0 + 2.0 / 0.5)));

  DataConfig decay;
  decay.confidence.half_life_days = 2.0;
  decay.confidence.negative_below = 2.5;
  decay.confidence.alpha = 3.0;
  constexpr std::int64_t kDay = 86400000;
  PrepareReport report;
  const DatasetArrays arrays = build({{"u", "a", 4, 10 * kDay}, {"u", "b", 4, 6 * kDay}, {"u", "c", 2, 8 * kDay}},
                                     {.weights = true, .times = true}, decay, no_split(), report);
  EXPECT_FLOAT_EQ(arrays.train.values[0], 12.0F);
  EXPECT_FLOAT_EQ(arrays.train.values[1], 3.0F);
  EXPECT_FLOAT_EQ(arrays.train.values[2], -1.5F);
  EXPECT_EQ(report.negative_entries, 1);
}

TEST(Dictionary, IntegersByValueAndTextsByBytes) {
  PrepareReport report;
  const DatasetArrays numbers = build({{"10", "b"}, {"-2", "a"}, {"9", "a"}}, {}, {}, no_split(), report);
  EXPECT_EQ(std::vector<std::int64_t>(numbers.users.numbers.begin(), numbers.users.numbers.end()),
            (std::vector<std::int64_t>{-2, 9, 10}));
  EXPECT_EQ(std::string(numbers.items.text.begin(), numbers.items.text.end()), "ab");
  const DatasetArrays texts = build({{"10", "b"}, {"9", "a"}, {"x", "a"}}, {}, {}, no_split(), report);
  EXPECT_EQ(std::string(texts.users.text.begin(), texts.users.text.end()), "109x");
}

TEST(Build, NothingLeftIsAnError) {
  DataConfig data;
  data.filter.min_user_events = 5;
  PrepareReport report;
  EXPECT_THROW(build({{"u", "i"}}, {}, data, no_split(), report), Error);
  EXPECT_THROW(build({}, {}, {}, no_split(), report), Error);
}

TEST(Report, SurvivesJson) {
  PrepareReport report;
  const SplitConfig split;
  build({{"u", "i", 1, 1000}, {"v", "i", 1, 2000}, {"u", "j", 1, 3000}, {"v", "j", 1}, {"w", "i"}, {"w", "j"}},
        {.weights = true, .times = true}, {}, split, report);
  EXPECT_EQ(PrepareReport::from_json(report.to_json()).to_json(), report.to_json());
  EXPECT_NE(report_table(report).find("training"), std::string::npos);
}

// Enough events for several chunks and buckets of every stage.
std::vector<RawRow> many_rows(std::int64_t count) {
  const Random random(3, "test.many");
  std::vector<RawRow> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double u = random.uniform(i, 0);
    rows[i].user = "u" + std::to_string(static_cast<int>(u * u * 9000));
    rows[i].item = std::to_string(static_cast<int>(std::pow(random.uniform(i, 1), 3) * 7000));
    rows[i].weight = 1.0F + static_cast<float>(random.below(9, i, 2)) / 8.0F;
    rows[i].time_ms = static_cast<std::int64_t>(random.below(100000, i, 3)) * 1000;
  }
  return rows;
}

TEST(Build, SameBytesForAnyNumberOfThreads) {
  const std::vector<RawRow> rows = many_rows(700000);
  DataConfig data;
  data.filter.min_user_events = 20;
  data.filter.min_item_events = 30;
  data.confidence.half_life_days = 1.0;
  for (const SplitProtocol protocol :
       {SplitProtocol::random, SplitProtocol::held_out_users, SplitProtocol::leave_one_out}) {
    SplitConfig split;
    split.protocol = protocol;
    split.validation_ratio = protocol == SplitProtocol::leave_one_out ? 0.0 : 0.1;
    std::string first;
    for (const int threads : {1, 2, 5}) {
      PrepareReport report;
      DatasetArrays arrays = build(rows, {.weights = true, .times = true}, data, split, report, threads);
      EXPECT_GT(arrays.train.nnz(), 100000);
      arrays.statistics_json = report.to_json();
      const TemporaryFolder temporary;
      const fs::path folder = temporary / "dataset";
      ASSERT_TRUE(write_dataset(folder, arrays));
      std::string manifest = DatasetManifest::read(folder).to_json();  // holds every file's checksum
      if (first.empty()) first = manifest;
      EXPECT_EQ(manifest, first) << threads << " threads";
    }
  }
}

TEST(Build, TransposedMatrixIsTheTranspose) {
  PrepareReport report;
  const DatasetArrays arrays = build(many_rows(600000), {.weights = true, .times = true}, {}, no_split(), report);
  const CsrView train = arrays.train.view();
  const CsrView transposed = arrays.train_transposed.view();
  std::vector<std::int64_t> next(static_cast<std::size_t>(transposed.rows));
  for (std::int64_t item = 0; item < transposed.rows; ++item)
    next[static_cast<std::size_t>(item)] = transposed.begin(item);
  for (std::int64_t user = 0; user < train.rows; ++user) {
    for (std::int64_t entry = train.begin(user); entry < train.end(user); ++entry) {
      const std::int64_t at = next[static_cast<std::size_t>(train.ids(entry))]++;
      ASSERT_EQ(transposed.ids(at), user);
      ASSERT_EQ(transposed.value(at), train.value(entry));
    }
  }
  for (std::int64_t item = 0; item < transposed.rows; ++item) {
    ASSERT_EQ(next[static_cast<std::size_t>(item)], transposed.end(item));
  }
}

}  // namespace
}  // namespace kindred
