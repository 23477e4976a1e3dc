// SPDX-License-Identifier: Apache-2.0
// What follows a run: event files byte by byte, the Prometheus file, and observers that fail.
#include "trainer/train/run_observer.h"

#include "kernels/core/check.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/event_file.h"
#include "trainer/train/prometheus_file.h"
#include "trainer/train/tensorboard_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(Crc32c, PublishedValues) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
}

TEST(EventFile, RecordsAreFramedAndHoldTheirValues) {
  const TemporaryFolder folder("event_file");
  {
    EventFile file(folder / "events");
    file.scalars(300, {{"train/objective", 0.5}});
  }
  const std::string bytes = slurp(folder / "events");
  // The first record: its length, then an event with time (1), step (2) and file version (3).
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  ASSERT_EQ(length, 9U + 2U + 15U);
  EXPECT_EQ(bytes.substr(12 + 11, 15), std::string("\x1A\x0D", 2) + "brain.Event:2");
  const std::string second = bytes.substr(16 + length);
  std::memcpy(&length, second.data(), 8);
  ASSERT_EQ(second.size(), 16U + length);
  // step 300 as a varint, then summary {value {tag, simple_value 0.5}}
  EXPECT_EQ(second.substr(12 + 9, 3), "\x10\xAC\x02");
  EXPECT_EQ(second.substr(12 + 12, 2 + 2 + 17 + 5),
            std::string("\x2A\x18\x0A\x16\x0A\x0F", 6) + "train/objective" + std::string("\x15\x00\x00\x00\x3F", 5));
}

TEST(PrometheusFile, TellsTheStateAndEscapesLabels) {
  const TemporaryFolder folder("prometheus");
  PrometheusFile file(folder / "kindred.prom", "shop", folder / "a\"b\\c\nd");
  EXPECT_NE(slurp(folder / "kindred.prom").find("kindred_run_status{run=\"shop\",status=\"running\"} 1\n"),
            std::string::npos);
  file.observe("start", {{"model", "als"}, {"device", "cpu"}, {"threads", 2}});
  file.observe("epoch", {{"epoch", 3}, {"elapsed_s", 1.5}, {"objective", 2.25}});
  file.observe("evaluation", {{"epoch", 3},
                              {"part", "test"},
                              {"metrics", {{"recall@5", {{"value", 0.125}}}, {"ndcg@5", {{"value", nullptr}}}}}});
  file.observe("end", {{"status", "completed"}, {"total_s", 4.0}});
  const std::string text = slurp(folder / "kindred.prom");
  EXPECT_EQ(text, file.text());
  for (const char* line :
       {"kindred_run_epochs{run=\"shop\"} 3\n", "kindred_run_objective{run=\"shop\"} 2.25\n",
        "kindred_run_train_seconds{run=\"shop\"} 1.5\n", "kindred_run_duration_seconds{run=\"shop\"} 4\n",
        "kindred_run_metric{run=\"shop\",part=\"test\",metric=\"recall@5\"} 0.125\n",
        "kindred_run_status{run=\"shop\",status=\"completed\"} 1\n", "model=\"als\""}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(text.find("ndcg"), std::string::npos);
  EXPECT_NE(text.find("a\\\"b\\\\c\\nd\""), std::string::npos) << text;
}

TEST(RunObservers, AFileThatCannotBeWrittenIsToldAtOnce) {
  const TemporaryFolder folder("observers");
  Config config;
  config.logging.prometheus = (folder / "nowhere" / "kindred.prom").string();
  EXPECT_THROW(RunObservers(config, folder.path(), [](std::string_view) {}), Error);
}

TEST(RunObservers, OneThatFailsLaterIsDroppedAndTheRunGoesOn) {
  const TemporaryFolder folder("observers");
  fs::create_directories(folder / "node");
  Config config;
  config.logging.prometheus = (folder / "node" / "kindred.prom").string();
  config.logging.tensorboard = true;
  std::vector<std::string> warnings;
  RunObservers observers(config, folder.path(), [&](std::string_view line) { warnings.emplace_back(line); });
  fs::remove_all(folder / "node");
  observers.observe("start", {{"model", "als"}});
  observers.observe("evaluation", {{"epoch", 1}, {"part", "test"}, {"metrics", Json::object()}});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("kindred.prom"), std::string::npos);
  EXPECT_NE(warnings[0].find("goes on without it"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "tensorboard"), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace kindred
