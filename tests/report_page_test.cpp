// SPDX-License-Identifier: Apache-2.0
// report.html of whole runs: ids and titles from outside cannot become tags, unfinished and damaged runs, titles.
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const char* const kConfig = R"(
run: {name: shop, seed: 3}
data:
  path: events.csv
  columns: {user: user, item: item, timestamp: timestamp}
split: {protocol: leave_one_out}
model: {type: als, factors: 8, iterations: 5, regularization: 0.01}
evaluation: {metrics: [recall@5, ndcg@5, coverage@5], bootstrap_samples: 50, every: 1}
)";

const std::string kHostile[] = {"<script>alert(1)</script>",
                                "\" onmouseover=\"alert(2)",
                                "</td></table><img src=x>",
                                "&lt;b&gt;",
                                "'-->",
                                "\xE2\x80\xAE"
                                "drowtfel"};

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? "\"\"" : std::string(1, letter);
  return result + "\"";
}

// 40 users in two tastes; the ids of the first items and users are hostile.
std::string hostile_csv() {
  const auto id = [](char kind, int n) {
    const auto hostile = static_cast<std::size_t>(n);
    return n < 6 ? kHostile[hostile] + kind : fmt::format("{}{}", kind, n);
  };
  std::string text = "user,item,timestamp\n";
  for (int user = 0; user < 40; ++user) {
    for (int n = 0; n < 9; ++n) {
      const int item = user % 2 * 15 + (user * 7 + n * 2) % 15;
      text += fmt::format("{},{},{}\n", quoted(id('u', user)), quoted(id('i', item)), 1700000000 + n * 3600);
    }
  }
  return text;
}

// Names of all tags of a page.
std::set<std::string> tags_of(const std::string& page) {
  std::set<std::string> tags;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    std::size_t end = at + 1;
    while (end < page.size() &&
           (std::isalnum(static_cast<unsigned char>(page[end])) != 0 || page[end] == '/' || page[end] == '!'))
      ++end;
    std::string name = page.substr(at + 1, end - at - 1);
    std::erase(name, '/');
    tags.insert(name);
  }
  return tags;
}

class ReportPageTest : public testing::Test {
 protected:
  ReportPageTest() : program_("report_page") {
    program_.write("events.csv", hostile_csv());
    program_.write("shop.yaml", kConfig);
  }
  fs::path train(const std::string& extra = {}) {
    const ProgramResult result = program_.kindred("train shop.yaml --quiet --json " + extra);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return program_.folder() / Json::parse(result.out).value("run", "");
  }
  ProgramTest program_;
};

TEST_F(ReportPageTest, WhatComesFromOutsideStaysText) {
  std::string names = "item,name\n";
  for (const std::string& hostile : kHostile) names += quoted(hostile + "i") + "," + quoted(hostile + " title") + "\n";
  program_.write("names.csv", names);
  const fs::path run = train("--set data.item_names.path=names.csv --set logging.sample_users=40");
  const std::string page = program_.read(run / "report.html");
  const std::set<std::string> known = {
      "!doctype", "html",    "head", "meta", "title", "style", "body",    "main",   "p",    "h1", "h2",
      "h3",       "h4",      "code", "div",  "span",  "bdi",   "section", "dl",     "dt",   "dd", "small",
      "details",  "summary", "pre",  "svg",  "line",  "text",  "path",    "circle", "rect", "i",  "table",
      "tr",       "th",      "td",   "b",    "ol",    "ul",    "li",      "footer", "wbr"};
  for (const std::string& tag : tags_of(page)) EXPECT_TRUE(known.contains(tag)) << "<" << tag << ">";
  EXPECT_EQ(page.find("\" onmouseover"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt; title"), std::string::npos);
  EXPECT_NE(page.find("&amp;lt;b&amp;gt;"), std::string::npos);
  // The parts that a reader expects.
  for (const char* part :
       {"Objective", "Validation", "Seconds by phase", "recall@5 by user activity", "Popularity of the items",
        "Length of the histories", "better than popularity", "most recent first", "The whole configuration"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST_F(ReportPageTest, IsMadeAgainTheSame) {
  const fs::path run = train();
  const std::string first = program_.read(run / "report.html");
  EXPECT_GT(first.size(), 10000U);
  const ProgramResult again = program_.kindred("report shop -o again.html");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, "again.html\n");
  // The footer names the run as it was asked for.
  const std::string second = program_.read(program_.folder() / "again.html");
  EXPECT_EQ(first.substr(0, first.find("<footer>")), second.substr(0, second.find("<footer>")));
}

TEST_F(ReportPageTest, RunsAreComparedUserByUser) {
  train();
  train("--set run.name=tiny --set model.factors=1");
  train("--set run.name=other --set model.iterations=2");
  const ProgramResult result = program_.kindred("report shop tiny other --quiet --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["reference"], "shop");
  ASSERT_EQ(json["runs"].size(), 3U);
  EXPECT_FALSE(json["runs"][0].contains("differences"));
  double smallest_p = 1.0;
  std::size_t tests = 0;
  for (std::size_t run = 1; run < 3; ++run) {
    for (const auto& [metric, difference] : json["runs"][run]["differences"].items()) {
      const double own = json["runs"][run]["metrics"][metric]["value"];
      const double reference = json["runs"][0]["metrics"][metric]["value"];
      EXPECT_NEAR(difference["difference"], own - reference, 1e-12) << metric;
      EXPECT_GE(difference["p_holm"], difference["p"]);
      smallest_p = std::min(smallest_p, difference["p"].get<double>());
      ++tests;
    }
  }
  EXPECT_EQ(tests, 4U);  // coverage has no values by user
  // Holm's step-down: the smallest p counts as often as there are tests, over both runs together.
  double smallest_holm = 1.0;
  for (std::size_t run = 1; run < 3; ++run) {
    for (const auto& difference : json["runs"][run]["differences"])
      smallest_holm = std::min(smallest_holm, difference["p_holm"].get<double>());
  }
  EXPECT_NEAR(smallest_holm, std::min(1.0, smallest_p * 4.0), 1e-12);
  EXPECT_EQ(json["config"]["model.factors"], Json({"8", "1", "8"}));
  EXPECT_EQ(json["config"]["model.iterations"], Json({"5", "5", "2"}));
  EXPECT_EQ(json["config"].size(), 2U);
  // The same as `evaluate --against` says, which subtracts the other way round.
  const ProgramResult evaluated = program_.kindred("evaluate shop --against tiny --quiet --json");
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const Json against = Json::parse(evaluated.out)["comparisons"]["test"]["tiny"]["recall@5"]["difference"];
  EXPECT_NEAR(json["runs"][1]["differences"]["recall@5"]["difference"].get<double>(), -against.get<double>(), 1e-12);
  const std::string page = program_.read(program_.folder() / "comparison.html");
  EXPECT_NE(page.find("Keys with different values"), std::string::npos);
  EXPECT_NE(program_.kindred("report shop tiny --quiet").out.find("by how much better than shop"), std::string::npos);
}

TEST_F(ReportPageTest, OnlyRunsOfTheSameSplitAreCompared) {
  train();
  train("--set run.name=elsewhere --set split.protocol=random --set split.test_ratio=0.2 --set evaluation.every=0");
  const ProgramResult result = program_.kindred("report shop elsewhere --quiet");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("other data or another split"), std::string::npos) << result.err;
  EXPECT_EQ(program_.kindred("report shop shop").exit_code, 2);
}

TEST_F(ReportPageTest, AnExportShowsItsIndexAndRecall) {
  const fs::path run = train("--set export.at_end=true");
  const Json manifest = Json::parse(program_.read(run / "export/manifest.json"));
  const std::string page = program_.read(run / "report.html");
  EXPECT_NE(page.find("What other systems load"), std::string::npos);
  ASSERT_TRUE(manifest.contains("recall_check"));
  const double recall = manifest["recall_check"]["recall@10"];
  EXPECT_NE(page.find(fmt::format("recall@10: {:.4f}", recall)), std::string::npos);
  EXPECT_NE(page.find(fmt::format("{} vectors", manifest["users"]["count"].get<int>())), std::string::npos);
}

TEST_F(ReportPageTest, CanBeSwitchedOff) {
  EXPECT_FALSE(fs::exists(train("--set logging.report=false") / "report.html"));
}

TEST_F(ReportPageTest, AnUnfinishedRunShowsWhatThereIs) {
  const fs::path run = train();
  fs::remove(run / "result.json");
  fs::remove(run / "report.html");
  // A line that was being written when the run was killed.
  std::ofstream(run / "metrics.jsonl", std::ios::app) << "{\"event\":\"ep";
  const ProgramResult result = program_.kindred("report " + run.string());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("no sample users"), std::string::npos);
  const std::string page = program_.read(run / "report.html");
  EXPECT_NE(page.find("Objective"), std::string::npos);
  EXPECT_NE(page.find("there is no trained model"), std::string::npos);
}

TEST_F(ReportPageTest, DamagedFilesAreNamed) {
  const fs::path run = train();
  const std::string result = program_.read(run / "result.json");
  program_.write(fs::relative(run / "result.json", program_.folder()).string(), result.substr(0, result.size() / 2));
  const ProgramResult damaged = program_.kindred("report " + run.string());
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_NE(damaged.err.find("result.json: is not a JSON object"), std::string::npos) << damaged.err;
  EXPECT_EQ(program_.kindred("report nothing").exit_code, 2);
}

TEST_F(ReportPageTest, ATableOfTitlesThatIsWrongIsToldBeforeTraining) {
  program_.write("names.csv", "item,name\n1,A\n1,B\n");
  const ProgramResult result = program_.kindred("train shop.yaml --quiet --set data.item_names.path=names.csv");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("two titles"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(program_.folder() / "runs"));
}

TEST_F(ReportPageTest, ATableOfTitlesThatIsGoneLeavesTheIds) {
  program_.write("names.csv", "item,name\ni7,Seven\n");
  const fs::path run = train("--set data.item_names.path=names.csv");
  fs::remove(program_.folder() / "names.csv");
  const ProgramResult result = program_.kindred("report shop");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("items are shown by their ids"), std::string::npos) << result.err;
  EXPECT_NE(program_.read(run / "report.html").find("What some users would see"), std::string::npos);
}

}  // namespace
}  // namespace kindred
