// SPDX-License-Identifier: Apache-2.0
// From yesterday's run to today's, through the program: train --warm-start and update.
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const char* const kConfig = R"(
run: {name: shop, seed: 3}
data: {path: events.csv, columns: {user: user, item: item}}
split: {protocol: random, test_ratio: 0.1}
model: {type: als, factors: 8, iterations: 12, regularization: 0.01}
evaluation: {metrics: [recall@5], bootstrap_samples: 0}
checkpoint: {every_iterations: 1, keep_last: 100}
)";

class WarmStartTest : public testing::Test {
 protected:
  WarmStartTest() : program_("warm_start") {
    std::string text = "user,item\n";
    for (int user = 0; user < 150; ++user) {
      for (int n = 0; n < 12; ++n) text += fmt::format("u{},i{}\n", user, (user % 3) * 40 + (user * 7 + n * n) % 40);
    }
    program_.write("events.csv", text);
    // A new user, a new item, and more of what there was.
    program_.write("today.csv", "user,item\nann,i0\nann,i4\nann,i9\nann,i16\nu3,lamp\nu6,lamp\nu9,lamp\nu3,i1\n");
    program_.write("shop.yaml", kConfig);
  }

  Json run(const std::string& arguments) {
    const ProgramResult result = program_.kindred(arguments + " --json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    err_ = result.err;
    return Json::parse(result.out, nullptr, false);
  }
  std::string factors(const Json& result) const {
    const fs::path run = program_.folder() / result["run"].get<std::string>();
    return program_.read(run / "checkpoints/final/user_factors.bin") +
           program_.read(run / "checkpoints/final/item_factors.bin");
  }

  ProgramTest program_;
  std::string err_;
};

TEST_F(WarmStartTest, JoinsByIdAndCounts) {
  const Json yesterday = run("train shop.yaml");
  const Json today =
      run("train shop.yaml --warm-start shop --set 'data.path=[events.csv, today.csv]' --set model.iterations=2");
  const Json& warm = today["warm_start"];
  EXPECT_NE(warm["run"].get<std::string>().find(yesterday["run"].get<std::string>()), std::string::npos);
  EXPECT_EQ(warm["users"]["known"].get<int>() + warm["users"]["gone"].get<int>(), yesterday["data"]["users"]);
  EXPECT_EQ(warm["users"]["known"].get<int>() + warm["users"]["new"].get<int>(), today["data"]["users"]);
  EXPECT_EQ(warm["items"]["known"].get<int>() + warm["items"]["new"].get<int>(), today["data"]["items"]);
  EXPECT_GE(warm["users"]["new"], 1);
  EXPECT_GE(warm["items"]["new"], 1);
  EXPECT_LT(warm["alignment_error"], 0.5);
  EXPECT_LE(warm["alignment_error"].get<double>(), warm["alignment_error_before"].get<double>() + 1e-6);
  EXPECT_NE(err_.find(" users and "), std::string::npos) << err_;
  EXPECT_EQ(program_.kindred("recommend shop --user ann -k 3").exit_code, 0);
}

TEST_F(WarmStartTest, GoesOnWithTheSameBitsWhenItIsCutOff) {
  run("train shop.yaml");
  const std::string command =
      "train shop.yaml --warm-start shop --set 'data.path=[events.csv, today.csv]' --set model.iterations=3";
  const Json first = run(command);
  const std::string expected = factors(first);
  const fs::path folder = program_.folder() / first["run"].get<std::string>();
  for (const bool nothing_saved : {false, true}) {
    fs::remove(folder / "result.json");
    fs::remove_all(folder / "checkpoints/final");
    fs::remove_all(folder / "checkpoints/step-000003");
    if (nothing_saved) fs::remove_all(folder / "checkpoints");
    const Json again = run(command);
    EXPECT_EQ(again["run"], first["run"]);
    EXPECT_EQ(factors(again), expected);
    EXPECT_EQ(again["warm_start"], first["warm_start"]);
  }
}

TEST_F(WarmStartTest, UpdateTakesNewEventsIn) {
  const Json yesterday = run("train shop.yaml");
  const Json updated = run("update shop today.csv");
  EXPECT_NE(updated["run"], yesterday["run"]);
  EXPECT_EQ(updated["epochs"], 1);
  EXPECT_EQ(program_.kindred("serve-check " + updated["export"]["folder"].get<std::string>()).exit_code, 0);
  EXPECT_GT(updated["data"]["interactions"], yesterday["data"]["interactions"]);
  EXPECT_EQ(program_.kindred("recommend shop --user ann -k 3").exit_code, 0);
  // Not the same events twice.
  const ProgramResult twice = program_.kindred("update shop today.csv");
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_NE(twice.err.find("today.csv: is among the events of"), std::string::npos) << twice.err;
  const ProgramResult missing = program_.kindred("update shop nowhere.csv");
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("nowhere.csv: no such file"), std::string::npos) << missing.err;
}

TEST_F(WarmStartTest, WhatCannotBeBegunWithIsRefused) {
  run("train shop.yaml");
  const ProgramResult longer = program_.kindred("train shop.yaml --warm-start shop --set model.factors=9");
  EXPECT_EQ(longer.exit_code, 2);
  EXPECT_NE(longer.err.find("model.factors: 9, but the vectors of"), std::string::npos) << longer.err;
  const ProgramResult other = program_.kindred("train shop.yaml --warm-start shop --set model.type=popularity");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("run.warm_start"), std::string::npos) << other.err;
  const ProgramResult nobody = program_.kindred("train shop.yaml --warm-start nobody");
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_NE(nobody.err.find("no run 'nobody'"), std::string::npos) << nobody.err;
}

}  // namespace
}  // namespace kindred
