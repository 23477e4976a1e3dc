// SPDX-License-Identifier: Apache-2.0
// --new-items through the program: new items by their own ids in every output, and every way to get the file wrong.
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <set>

namespace kindred {
namespace {

using Json = nlohmann::json;

class NewItemsTest : public testing::Test {
 protected:
  NewItemsTest() : program_("new_items") {
    // 40 users in two tastes of 10 items; everybody touches 7 of the own taste.
    std::string events = "user,item\n";
    for (int user = 0; user < 40; ++user) {
      for (int n = 0; n < 7; ++n) {
        events += fmt::format("u{},i{}\n", user, user % 2 * 10 + (user * 3 + n) % 10);
      }
    }
    program_.write("events.csv", events);
    // Both new items are of the taste of the even users; u0 is in the audience of the lamp alone.
    program_.write("new.txt", "lamp u0 u2 u4 u6\n\n  shelf u8 u10 u12 nobody u12\nchair somebody\n");
    train("als");
  }

  void train(const std::string& type) {
    const std::string model = type == "als" ? "{type: als, factors: 8, iterations: 6}" : "{type: " + type + "}";
    program_.write("run.yaml", fmt::format("run: {{name: {}}}\ndata: {{path: events.csv}}\nsplit: {{protocol: none}}\n"
                                           "model: {}\n",
                                           type, model));
    const ProgramResult result = program_.kindred("train run.yaml --quiet");
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  std::set<std::string> recommended(const std::string& arguments) {
    const ProgramResult result =
        program_.kindred("recommend als --quiet --json -k 30 --new-items new.txt " + arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::set<std::string> items;
    const Json list = Json::parse(result.out)[0]["recommendations"];
    for (const Json& entry : list) items.insert(entry["item"]);
    return items;
  }
  void expect_refused(const std::string& arguments, const std::string& message) {
    const ProgramResult result = program_.kindred(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  }

  ProgramTest program_;
};

TEST_F(NewItemsTest, JoinTheCatalogueUnderTheirIds) {
  const std::set<std::string> seen_lamp = recommended("--user u0");
  EXPECT_EQ(seen_lamp.count("lamp"), 0U);
  EXPECT_EQ(seen_lamp.count("shelf"), 1U);
  EXPECT_EQ(recommended("--user u0 --include-seen").size(), 22U);
  program_.write("lamp.txt", "lamp\nshelf\n");
  EXPECT_EQ(recommended("--user u14 --allow lamp.txt"), (std::set<std::string>{"lamp", "shelf"}));
  EXPECT_EQ(recommended("--user u14 --deny lamp.txt").count("lamp"), 0U);
  program_.write("visitors.txt", "ann lamp i2\n");
  EXPECT_EQ(recommended("--histories visitors.txt").count("shelf"), 1U);

  const ProgramResult table = program_.kindred("recommend als --user u14 -k 5 --explain --new-items new.txt");
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_NE(table.out.find("lamp"), std::string::npos) << table.out;
  EXPECT_NE(table.err.find("2 users of the new items were not trained"), std::string::npos) << table.err;
  EXPECT_NE(table.err.find("the first is new.txt:4: item 'chair'"), std::string::npos) << table.err;
}

TEST_F(NewItemsTest, LandInEveryFormat) {
  for (const char* name : {"all.csv", "all.jsonl", "all.parquet"}) {
    const ProgramResult result =
        program_.kindred(fmt::format("recommend als --all -k 5 --new-items new.txt -o {} --quiet", name));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(program_.read(program_.folder() / name).find("lamp"), std::string::npos) << name;
  }
  EXPECT_EQ(program_.read(program_.folder() / "all.csv").find("\nu0,1,lamp"), std::string::npos);
}

TEST_F(NewItemsTest, HaveNeighboursOfTheirTaste) {
  const auto similar = [&](const std::string& item) {
    const ProgramResult result = program_.kindred("similar als --quiet --json -k 4 --new-items new.txt --item " + item);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out)["similar"];
  };
  for (const Json& entry : similar("lamp")) {
    const std::string item = entry["item"];
    EXPECT_TRUE(item == "shelf" || item.size() == 2) << item;  // i0 to i9
  }
  EXPECT_EQ(similar("i3").size(), 4U);
  const ProgramResult table = program_.kindred("similar als --new-items new.txt --item lamp -k 21");
  EXPECT_NE(table.out.find("shelf"), std::string::npos) << table.out;
}

TEST_F(NewItemsTest, MistakesNameTheirPlace) {
  program_.write("taken.txt", "lamp u1\ni7 u1\n");
  expect_refused("recommend als --user u1 --new-items taken.txt", "taken.txt:2: item 'i7' is in the training data");
  program_.write("twice.txt", "lamp u1\nlamp u2\n");
  expect_refused("recommend als --user u1 --new-items twice.txt", "twice.txt:2: item 'lamp' is named twice");
  program_.write("nobody.txt", "lamp nobody\n");
  expect_refused("recommend als --user u1 --new-items nobody.txt", "the first is nobody.txt:1: item 'lamp'");
  program_.write("blank.txt", "\n \n");
  expect_refused("recommend als --user u1 --new-items blank.txt", "blank.txt: has no entries");
  expect_refused("recommend als --user u1 --new-items nowhere.txt", "nowhere.txt: cannot be read");
  expect_refused("similar als --new-items new.txt --item chair",
                 "'chair' is neither in the training data nor in --new-items");
  for (const char* type : {"ease", "item_knn"}) {
    train(type);
    expect_refused(fmt::format("recommend {} --user u1 --new-items new.txt", type),
                   fmt::format("the {} model cannot take in items", type));
  }
  train("popularity");
  EXPECT_EQ(program_.kindred("recommend popularity --user u1 --new-items new.txt").exit_code, 0);
}

// A visitor with the history of a trained user is told the same: each item counts what an event counts in this dataset.
TEST_F(NewItemsTest, VisitorsCountAsTheDatasetCounts) {
  program_.write("loud.yaml",
                 "run: {name: loud}\ndata: {path: events.csv, confidence: {alpha: 4, add_one: true}}\n"
                 "split: {protocol: none}\nmodel: {type: als, factors: 8, iterations: 6}\n");
  ASSERT_EQ(program_.kindred("train loud.yaml --quiet").exit_code, 0);
  program_.write("visitors.txt", "ann i0 i1 i2 i3 i4 i5 i6\n");  // what u0 has touched
  const ProgramResult user = program_.kindred("recommend loud --user u0 --json --quiet");
  const ProgramResult visitor = program_.kindred("recommend loud --histories visitors.txt --json --quiet");
  ASSERT_EQ(user.exit_code + visitor.exit_code, 0) << user.err << visitor.err;
  const Json expected = Json::parse(user.out)[0]["recommendations"];
  const Json list = Json::parse(visitor.out)[0]["recommendations"];
  ASSERT_EQ(list.size(), expected.size());
  ASSERT_GT(list.size(), 2U);
  for (std::size_t rank = 0; rank < list.size(); ++rank) {
    EXPECT_EQ(list[rank]["item"], expected[rank]["item"]) << rank;
    EXPECT_NEAR(list[rank]["score"].get<double>(), expected[rank]["score"].get<double>(), 1e-4) << rank;
  }
}

}  // namespace
}  // namespace kindred
