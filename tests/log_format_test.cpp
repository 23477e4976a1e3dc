// SPDX-License-Identifier: Apache-2.0
// --log-format json: every line of stderr is one JSON object, errors too.
#include "tests/program.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

namespace kindred {
namespace {

using Json = nlohmann::json;

class LogFormatTest : public testing::Test {
 protected:
  LogFormatTest() : program_("log_format") {
    std::string events = "user,item\n";
    for (int user = 0; user < 30; ++user) {
      for (int n = 0; n < 6; ++n) events += std::to_string(user) + "," + std::to_string((user * 5 + n * n) % 20) + "\n";
    }
    program_.write("events.csv", events);
    program_.write("shop.yaml",
                   "run: {name: shop}\ndata: {path: events.csv}\nmodel: {type: als, factors: 4, iterations: 3}\n"
                   "split: {protocol: random, test_ratio: 0.2}\n");
  }
  // The lines of stderr; each must be JSON with time, level and event.
  static std::vector<Json> lines(const ProgramResult& result) {
    std::vector<Json> lines;
    std::istringstream stream(result.err);
    for (std::string line; std::getline(stream, line);) {
      Json json = Json::parse(line, nullptr, false);
      EXPECT_TRUE(json.is_object()) << line;
      if (!json.is_object()) continue;
      const std::string time = json.value("time", "");
      EXPECT_EQ(time.size(), std::string("2026-11-27T06:58:14.123Z").size()) << line;
      EXPECT_TRUE(json.contains("level") && json.contains("event")) << line;
      lines.push_back(std::move(json));
    }
    return lines;
  }
  ProgramTest program_;
};

TEST_F(LogFormatTest, ARunTellsItsStages) {
  const ProgramResult result = program_.kindred("train shop.yaml --log-format json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::map<std::string, Json> ended;
  std::string messages;
  for (const Json& line : lines(result)) {
    EXPECT_EQ(line["level"], "info");
    if (line["event"] == "end") ended[line["stage"]] = line;
    if (line["event"] == "message") messages += line["message"].get<std::string>() + "\n";
  }
  ASSERT_TRUE(ended.contains("training als")) << result.err;
  EXPECT_EQ(ended["training als"]["done"], 3);
  EXPECT_EQ(ended["training als"]["total"], 3);
  EXPECT_NE(messages.find("device: "), std::string::npos);
}

TEST_F(LogFormatTest, ErrorsAreLinesToo) {
  const ProgramResult usage = program_.kindred("train shop.yaml --set model.factors=-1 --log-format=json");
  EXPECT_EQ(usage.exit_code, 2);
  const std::vector<Json> found = lines(usage);
  ASSERT_EQ(found.size(), 1U) << usage.err;
  EXPECT_EQ(found[0]["level"], "error");
  EXPECT_EQ(found[0]["exit_code"], 2);
  EXPECT_NE(found[0]["message"].get<std::string>().find("model.factors"), std::string::npos);
  const ProgramResult text = program_.kindred("train shop.yaml --set model.factors=-1");
  EXPECT_EQ(text.err.substr(0, 9), "kindred: ");
}

TEST_F(LogFormatTest, OtherFormatsAndQuiet) {
  EXPECT_EQ(program_.kindred("train shop.yaml --log-format xml").exit_code, 2);
  EXPECT_EQ(program_.kindred("train shop.yaml --quiet --log-format json").err, "");
}

}  // namespace
}  // namespace kindred
