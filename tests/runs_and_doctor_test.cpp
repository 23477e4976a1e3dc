// SPDX-License-Identifier: Apache-2.0
// kindred runs and kindred doctor, as a user and a program see them.
#include "kernels/core/device_info.h"
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class RunsTest : public testing::Test {
 protected:
  RunsTest() : program_("runs") {
    std::string events = "user,item\n";
    for (int user = 0; user < 30; ++user) {
      for (int n = 0; n < 6; ++n) events += fmt::format("{},{}\n", user, (user * 5 + n * n) % 20);
    }
    program_.write("events.csv", events);
    program_.write("shop.yaml",
                   "run: {name: shop}\ndata: {path: events.csv}\nsplit: {protocol: random, test_ratio: 0.2}\n"
                   "model: {type: popularity}\nevaluation: {metrics: [recall@5], baselines: []}\n"
                   "logging: {report: false}\n");
  }
  void train(const std::string& extra = {}) {
    const ProgramResult result = program_.kindred("train shop.yaml --quiet " + extra);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  Json list(const std::string& arguments = {}) {
    const ProgramResult result = program_.kindred("runs --json " + arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }
  ProgramTest program_;
};

TEST_F(RunsTest, ListsStatusAndHeadlineMetric) {
  train();
  train("--set run.name=other");
  const Json runs = list();
  ASSERT_EQ(runs.size(), 2U);
  for (const Json& run : runs) {
    EXPECT_EQ(run["status"], "completed");
    EXPECT_EQ(run["model"], "popularity");
    EXPECT_EQ(run["part"], "test");
    EXPECT_EQ(run["metric"], "recall@5");
    const Json result = Json::parse(program_.read(program_.folder() / run["run"].get<std::string>() / "result.json"));
    EXPECT_EQ(run["value"], result["metrics"]["test"]["recall@5"]["value"]);
  }
  EXPECT_EQ(list("--name other").size(), 1U);
  EXPECT_EQ(list("--status unfinished").size(), 0U);
  EXPECT_EQ(list("-n 1").size(), 1U);
  EXPECT_EQ(list("runs/shop").size(), 1U);
  const std::string table = program_.kindred("runs").out;
  EXPECT_NE(table.find("test recall@5 0."), std::string::npos) << table;
}

TEST_F(RunsTest, UnfinishedAndDamagedRunsDoNotHideTheOthers) {
  train();
  train("--set run.name=cut");
  train("--set run.name=torn");
  for (const Json& run : list()) {
    const fs::path result = program_.folder() / run["run"].get<std::string>() / "result.json";
    if (run["name"] == "cut") fs::remove(result);
    if (run["name"] == "torn") std::ofstream(result) << "{\"status\"";
  }
  std::map<std::string, std::string> status;
  for (const Json& run : list()) status[run["name"]] = run["status"];
  // The log of the run says that it had ended.
  EXPECT_EQ(status["cut"], "completed");
  EXPECT_EQ(status["torn"], "damaged");
  EXPECT_EQ(status["shop"], "completed");
  EXPECT_NE(program_.kindred("runs").out.find("damaged: "), std::string::npos);
}

TEST_F(RunsTest, NoFolderIsAnErrorAndAnEmptyOneIsNot) {
  EXPECT_EQ(program_.kindred("runs nowhere").exit_code, 2);
  fs::create_directories(program_.folder() / "runs");
  EXPECT_EQ(program_.kindred("runs").out, "no runs\n");
}

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() : program_("doctor") {}
  // The finding `name`, after `kindred doctor --quick --json <arguments>`.
  Json finding(const std::string& name, const std::string& environment, const std::string& arguments = {},
               int exit_code = 0) {
    const ProgramResult result = program_.kindred("doctor --quick --json " + arguments, environment);
    EXPECT_EQ(result.exit_code, exit_code) << result.out << result.err;
    report_ = Json::parse(result.out);
    for (const Json& found : report_["findings"]) {
      if (found["name"] == name) return found;
    }
    return {{"health", "not there"}};
  }
  ProgramTest program_;
  Json report_;
};

TEST_F(DoctorTest, AHealthyMachine) {
  EXPECT_EQ(finding("of a run", "env -u KINDRED_THREADS -u OMP_NUM_THREADS")["health"], "ok");
  EXPECT_EQ(report_["healthy"], true);
  for (const char* group : {"cpu", "memory", "threads", "disk", "libraries", "devices", "choice"}) {
    EXPECT_TRUE(std::any_of(report_["findings"].begin(), report_["findings"].end(), [&](const Json& found) {
      return found["group"] == group;
    })) << group;
  }
  const ProgramResult table = program_.kindred("doctor --quick");
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_NE(table.out.find("\nhealthy: 0 problems (X)"), std::string::npos) << table.out;
}

TEST_F(DoctorTest, ThreadSettingsThatHurt) {
  EXPECT_EQ(finding("KINDRED_THREADS", "KINDRED_THREADS=4096")["health"], "warning");
  EXPECT_EQ(finding("KINDRED_THREADS", "KINDRED_THREADS=many")["health"], "warning");
  EXPECT_EQ(finding("KINDRED_THREADS", "KINDRED_THREADS=1")["health"], "ok");
  EXPECT_EQ(finding("OMP_NUM_THREADS", "OMP_NUM_THREADS=4")["health"], "note");
  EXPECT_EQ(finding("OMP_PROC_BIND", "OMP_PROC_BIND=true")["health"], "warning");
  program_.write("c.yaml", "data: {path: events.csv}\nthreads: 4000\n");
  EXPECT_EQ(finding("of a run", "env -u KINDRED_THREADS", "c.yaml")["health"], "warning");
}

TEST_F(DoctorTest, ABlasThatDoesNotKnowTheProcessor) {
  const Json kernels = finding("BLAS kernels", "OPENBLAS_CORETYPE=Prescott");
  if (kernels["value"] != "Prescott") GTEST_SKIP() << "this OpenBLAS has one kernel alone: " << kernels["value"];
  const std::string simd = finding("kernels run with", "")["value"];
  EXPECT_EQ(kernels["health"], simd.starts_with("AVX") ? "warning" : "ok") << simd;
}

TEST_F(DoctorTest, ADeviceThatIsNotThereIsAProblem) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "there is a CUDA device";
  program_.write("c.yaml", "data: {path: events.csv}\ndevice: cuda\n");
  EXPECT_EQ(finding("device: cuda", "", "c.yaml", 4)["health"], "problem");
  EXPECT_EQ(report_["healthy"], false);
  EXPECT_EQ(program_.kindred("doctor --quick --set device=cuda").exit_code, 2);
}

TEST_F(DoctorTest, MeasuresCopiesAndProducts) {
  const ProgramResult result = program_.kindred("doctor");
  EXPECT_NE(result.out.find("GB/s, read and written"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("GFLOP/s in fp32"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace kindred
