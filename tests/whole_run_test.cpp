// SPDX-License-Identifier: Apache-2.0
// From a CSV to recommendations, through the program: what lands in the run folder, the same bits twice and for any
// number of threads, and every command on a finished run.
#include "kernels/core/device_info.h"
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// 60 users in three tastes of 20 items each: everybody touches 12 of the 20 items of the own taste, and one other.
std::string events_csv() {
  std::string text = "user,item,weight,timestamp\n";
  for (int user = 0; user < 60; ++user) {
    const int taste = user % 3;
    for (int n = 0; n < 12; ++n) {
      text +=
          fmt::format("u{},i{},{},{}\n", user, taste * 20 + (user * 7 + n * 3) % 20, 1 + n % 5, 1700000000 + n * 3600);
    }
    text += fmt::format("u{},i{},1,1700100000\n", user, (taste * 20 + 20 + user) % 60);
  }
  return text;
}

const char* const kConfig = R"(
run: {name: tastes, seed: 3}
data:
  path: events.csv
  columns: {user: user, item: item, weight: weight, timestamp: timestamp}
split: {protocol: leave_one_out}
model: {type: als, factors: 8, iterations: 6, regularization: 0.01}
evaluation: {metrics: [recall@5, ndcg@5, coverage@5], bootstrap_samples: 100}
)";

class WholeRunTest : public testing::Test {
 protected:
  WholeRunTest() : program_("whole_run") {
    program_.write("events.csv", events_csv());
    program_.write("tastes.yaml", kConfig);
  }

  // Trains and returns the run folder.
  fs::path train(const std::string& extra = {}, const std::string& environment = {}) {
    const ProgramResult result = program_.kindred("train tastes.yaml --quiet --json " + extra, environment);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    result_ = Json::parse(result.out, nullptr, false);
    EXPECT_FALSE(result_.is_discarded()) << result.out;
    return program_.folder() / result_.value("run", "");
  }

  ProgramTest program_;
  Json result_;
};

TEST_F(WholeRunTest, LeavesARunFolderAsDocumented) {
  const fs::path run = train();
  for (const char* name : {"config.yaml", "environment.json", "metrics.jsonl", "result.json", "log.txt"}) {
    EXPECT_TRUE(fs::exists(run / name)) << name;
  }
  EXPECT_TRUE(fs::exists(run / "checkpoints/final/MANIFEST.json"));
  EXPECT_EQ(result_["status"], "completed");
  EXPECT_EQ(result_["data"]["users"], 60);
  EXPECT_EQ(result_["data"]["items"], 60);
  const Json& recall = result_["metrics"]["test"]["recall@5"];
  EXPECT_LE(recall["ci95"][0], recall["value"]);
  EXPECT_GE(recall["ci95"][1], recall["value"]);
  EXPECT_TRUE(result_["baselines"]["test"].contains("popularity"));
  const Json& difference = result_["comparisons"]["test"]["popularity"]["recall@5"];
  EXPECT_NEAR(
      difference["difference"],
      recall["value"].get<double>() - result_["baselines"]["test"]["popularity"]["recall@5"]["value"].get<double>(),
      1e-12);
  EXPECT_LE(difference["p_holm"], 1.0);

  double last = std::numeric_limits<double>::infinity();
  int epochs = 0;
  std::istringstream lines(program_.read(run / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line);
    if (event["event"] != "epoch") continue;
    EXPECT_EQ(event["epoch"], ++epochs);
    EXPECT_LT(event["objective"], last);  // exact half steps never go up
    last = event["objective"];
  }
  EXPECT_EQ(epochs, 6);
}

// The exact solver: the automatic one takes other steps on each device.
TEST_F(WholeRunTest, CudaAndTheCpuAgree) {
  if (cuda_device_count() == 0) GTEST_SKIP() << why_no_cuda_device();
  train("--set model.solver=dual --set device=cpu");
  const Json cpu = result_;
  const fs::path run = train("--set model.solver=dual --set device=cuda");
  const Json environment = Json::parse(program_.read(run / "environment.json"));
  EXPECT_EQ(environment["device"], "cuda:0");
  EXPECT_FALSE(environment["gpu"]["name"].get<std::string>().empty());
  const double objective = cpu["objective"];
  EXPECT_NEAR(result_["objective"].get<double>(), objective, 1e-4 * objective);
  for (const char* name : {"recall@5", "ndcg@5"}) {
    const Json& metric = cpu["metrics"]["test"][name];
    const double found = result_["metrics"]["test"][name]["value"];
    EXPECT_GE(found, metric["ci95"][0].get<double>()) << name;
    EXPECT_LE(found, metric["ci95"][1].get<double>()) << name;
  }
  EXPECT_TRUE(result_["memory"]["device"]["by_purpose"].contains("als.user_factors"));
  // The same bits twice.
  const fs::path again = train("--set model.solver=dual --set device=cuda");
  for (const char* name : {"user_factors.bin", "item_factors.bin"}) {
    const fs::path file = fs::path("checkpoints/final") / name;
    EXPECT_EQ(program_.read(run / file), program_.read(again / file)) << name;
  }
}

TEST_F(WholeRunTest, TheSameBitsTwiceAndForAnyNumberOfThreads) {
  const fs::path first = train({}, "KINDRED_THREADS=1");
  const fs::path second = train({}, "KINDRED_THREADS=3");
  ASSERT_NE(first, second);
  EXPECT_EQ(result_["timing_s"]["prepared_from_cache"], true);
  const fs::path fresh = train("--set data.prepared=elsewhere", "KINDRED_THREADS=2");
  for (const char* name : {"user_factors.bin", "item_factors.bin"}) {
    const fs::path file = fs::path("checkpoints/final") / name;
    EXPECT_EQ(program_.read(first / file), program_.read(second / file)) << name;
    EXPECT_EQ(program_.read(first / file), program_.read(fresh / file)) << name;
  }
}

TEST_F(WholeRunTest, EvaluateComparesRunsOfTheSameSplitOnly) {
  train();
  ASSERT_EQ(program_.kindred("train tastes.yaml --quiet --set run.name=smaller --set model.factors=2").exit_code, 0);
  const ProgramResult compared = program_.kindred("evaluate tastes --quiet --against smaller");
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_NE(compared.out.find("- smaller"), std::string::npos) << compared.out;
  ASSERT_EQ(program_
                .kindred("train tastes.yaml --quiet --set run.name=elsewhere --set split.protocol=random "
                         "--set split.test_ratio=0.3")
                .exit_code,
            0);
  const ProgramResult refused = program_.kindred("evaluate tastes --quiet --against elsewhere");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--against elsewhere"), std::string::npos) << refused.err;
}

TEST_F(WholeRunTest, EvaluateRepeatsTheMetricsOfTheRun) {
  train();
  const Json trained = result_;
  const ProgramResult again = program_.kindred("evaluate tastes --quiet --json");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["metrics"], trained["metrics"]);
  const ProgramResult other = program_.kindred("evaluate tastes --quiet --json --metrics mrr@3 --trec trec");
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_TRUE(Json::parse(other.out)["metrics"]["test"].contains("mrr@3"));
  EXPECT_TRUE(fs::exists(program_.folder() / "trec/test.run"));
  EXPECT_TRUE(fs::exists(program_.folder() / "trec/test.qrels"));
}

TEST_F(WholeRunTest, RecommendsAndExplains) {
  train();
  const ProgramResult one = program_.kindred("recommend tastes --user u4 -k 5 --explain --json --quiet");
  ASSERT_EQ(one.exit_code, 0) << one.err;
  const Json list = Json::parse(one.out)[0]["recommendations"];
  ASSERT_EQ(list.size(), 5U);
  for (const Json& entry : list) {
    double sum = 0.0;
    for (const Json& part : entry["because"]) sum += part["contribution"].get<double>();
    EXPECT_NEAR(sum, entry["score"].get<double>(), 1e-3);
  }
  // Most of the list is of the user's own taste (items 20..39).
  int own = 0;
  for (const Json& entry : list) {
    const int item = std::stoi(entry["item"].get<std::string>().substr(1));
    own += item >= 20 && item < 40;
  }
  EXPECT_GE(own, 4);
}

TEST_F(WholeRunTest, WritesEverybodyInEachFormat) {
  train();
  for (const char* name : {"all.csv", "all.jsonl", "all.parquet"}) {
    const ProgramResult result = program_.kindred(fmt::format("recommend tastes --all -k 3 -o {} --quiet", name));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_GT(fs::file_size(program_.folder() / name), 1000U);
  }
  std::istringstream lines(program_.read(program_.folder() / "all.csv"));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "user,rank,item,score");
  std::map<std::string, int> rows;
  while (std::getline(lines, line)) ++rows[line.substr(0, line.find(','))];
  EXPECT_EQ(rows.size(), 60U);
  for (const auto& [user, count] : rows) EXPECT_EQ(count, 3) << user;
  EXPECT_EQ(program_.kindred("recommend tastes --all -o all.xlsx --quiet").exit_code, 2);
}

TEST_F(WholeRunTest, FoldsInStrangersAndKeepsFilters) {
  train();
  program_.write("visitors.txt", "ann i1 i2 i3 i5\nbob i44 i45 i46 nothing\n");
  program_.write("deny.txt", "i4\n");
  const ProgramResult result =
      program_.kindred("recommend tastes --histories visitors.txt --deny deny.txt -k 4 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("1 history items are not in the training data"), std::string::npos) << result.err;
  const Json lists = Json::parse(result.out);
  ASSERT_EQ(lists.size(), 2U);
  for (const Json& entry : lists[0]["recommendations"]) {
    EXPECT_EQ(std::set<std::string>({"i1", "i2", "i3", "i5", "i4"}).count(entry["item"].get<std::string>()), 0U);
  }
}

TEST_F(WholeRunTest, SimilarAndInspectAndEveryBaseline) {
  train();
  const ProgramResult similar = program_.kindred("similar tastes --item i25 -k 5 --json --quiet");
  ASSERT_EQ(similar.exit_code, 0) << similar.err;
  EXPECT_EQ(Json::parse(similar.out)["similar"].size(), 5U);
  EXPECT_EQ(program_.kindred("inspect " + result_["data"]["prepared"].get<std::string>()).exit_code, 0);
  const ProgramResult inspected = program_.kindred("inspect " + result_["run"].get<std::string>());
  EXPECT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_NE(inspected.out.find("step 6, verified"), std::string::npos) << inspected.out;
  for (const char* type : {"popularity", "item_knn", "ease"}) {
    program_.write("baseline.yaml",
                   fmt::format("run: {{name: {0}}}\ndata: {{path: events.csv}}\nmodel: {{type: {0}}}\n", type));
    const ProgramResult result = program_.kindred("train baseline.yaml --quiet");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(program_.kindred(fmt::format("recommend {} --user u1", type)).exit_code, 0);
  }
}

TEST_F(WholeRunTest, EarlyStoppingKeepsTheBestEpoch) {
  const fs::path run = train(
      "--set split.validation_ratio=0.2 --set evaluation.every=1 --set early_stopping.metric=recall@5 "
      "--set early_stopping.patience=2 --set model.iterations=30 --set split.protocol=random");
  EXPECT_LT(result_["epochs"], 30);
  EXPECT_TRUE(fs::exists(run / "checkpoints/final/MANIFEST.json"));
}

struct Mistake {
  const char* name;
  const char* arguments;
  int exit_code;
  const char* message;
};

TEST_F(WholeRunTest, PlansItsMemoryWithoutTraining) {
  const ProgramResult result = program_.kindred("train tastes.yaml --plan --quiet --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json plan = Json::parse(result.out, nullptr, false);
  ASSERT_FALSE(plan.is_discarded()) << result.out;
  EXPECT_EQ(plan["model"], "als");
  EXPECT_EQ(plan["users"], 60);
  EXPECT_EQ(plan["memory"]["fits"], true);
  EXPECT_EQ(plan["memory"]["parts"][0]["what"], "user factors");
  EXPECT_EQ(plan["memory"]["parts"][0]["bytes"], 60 * 8 * 4);
  EXPECT_FALSE(fs::exists(program_.folder() / "runs"));
}

class MistakeTest : public WholeRunTest, public testing::WithParamInterface<Mistake> {};

TEST_P(MistakeTest, EndsWithItsExitCodeAndMessage) {
  program_.write("bad_row.csv", "user,item,weight\nu1,i1,1\nu2,i2,much\n");
  program_.write("typo.yaml", "model: {factor: 8}\n");
  program_.write("empty.yaml", "");
  const ProgramResult result = program_.kindred(GetParam().arguments);
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.out << result.err;
  EXPECT_NE((result.out + result.err).find(GetParam().message), std::string::npos) << result.out << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, MistakeTest,
    testing::Values(
        Mistake{"no_command", "", 2, "kindred"}, Mistake{"unknown_command", "tran", 2, "did you mean 'train'"},
        Mistake{"missing_config", "train nowhere.yaml", 2, "nowhere.yaml"},
        Mistake{"unknown_key", "train typo.yaml", 2, "typo.yaml:1:9: model.factor"},
        Mistake{"unknown_set", "train tastes.yaml --set model.factor=3", 2, "factors"},
        Mistake{"out_of_range", "train tastes.yaml --set model.factors=0", 2, "model.factors"},
        Mistake{"missing_data", "train tastes.yaml --set data.path=nowhere.csv", 2, "nowhere.csv"},
        Mistake{"bad_row",
                "train tastes.yaml --set data.path=bad_row.csv --set data.columns.timestamp= "
                "--set split.protocol=random",
                3, "much"},
        Mistake{"no_such_device", "train tastes.yaml --set device=cuda:999", 4, "cuda:999"},
        Mistake{"too_large",
                "train tastes.yaml --set model.factors=8192 --set model.iterations=1 --set data.path=events.csv "
                "--set run.output=/proc/nowhere",
                2, "/proc/nowhere"},
        Mistake{"no_such_run", "evaluate nobody", 2, "nobody"}),
    [](const auto& mistake) { return mistake.param.name; });

}  // namespace
}  // namespace kindred
