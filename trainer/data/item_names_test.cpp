// SPDX-License-Identifier: Apache-2.0
// Titles of items: formats, ids that are numbers or text, and tables that are wrong.
#include "trainer/data/item_names.h"

#include "kernels/core/check.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

class ItemNamesTest : public testing::Test {
 protected:
  ItemNamesTest() : folder_("item_names"), pool_(2) {}
  ItemNames read(const std::string& file, const std::string& text, ItemNamesConfig config = {}) {
    config.path = folder_.write(file, text).string();
    return ItemNames::read(config, pool_);
  }
  std::string problem(const std::string& file, const std::string& text) {
    try {
      read(file, text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ThreadPool pool_;
};

TEST_F(ItemNamesTest, NumbersAndTextsAreIds) {
  const ItemNames names = read("a.csv", "item,name\n7,1984\n8,\"Tea, green\"\n007,Bond\nx,\xC3\xA9t\xC3\xA9\n");
  EXPECT_EQ(names.size(), 4);
  EXPECT_EQ(names.find("7"), "1984");
  EXPECT_EQ(names.find("8"), "Tea, green");
  EXPECT_EQ(names.find("007"), "Bond");
  EXPECT_EQ(names.find("x"), "\xC3\xA9t\xC3\xA9");
  EXPECT_EQ(names.find("9"), std::nullopt);
}

TEST_F(ItemNamesTest, ColumnsAndSeparatorsAsConfigured) {
  const ItemNames names = read("a.dat", "1::Toy Story (1995)::Animation\n2::Jumanji (1995)::Adventure\n",
                               {.path = {}, .separator = "::", .header = false, .id = "0", .name = "1"});
  EXPECT_EQ(names.find("2"), "Jumanji (1995)");
  EXPECT_EQ(read("a.jsonl", "{\"item\": 3, \"name\": \"Three\"}\n").find("3"), "Three");
}

TEST_F(ItemNamesTest, NoPathNoTitles) {
  EXPECT_EQ(ItemNames::read({}, pool_).size(), 0);
  EXPECT_EQ(ItemNames().find("1"), std::nullopt);
}

TEST_F(ItemNamesTest, OneTitleAnItem) {
  EXPECT_EQ(read("a.csv", "item,name\n1,A\n1,A\n2,A\n").find("1"), "A");
  EXPECT_NE(problem("b.csv", "item,name\n1,A\n1,B\n").find("item '1' has two titles, 'A' and 'B'"), std::string::npos);
}

TEST_F(ItemNamesTest, TellsWhatIsWrongWithTheTable) {
  EXPECT_NE(problem("c.csv", "item,name\n1,\n2,A\n").find("c.csv: line 2"), std::string::npos);
  EXPECT_NE(problem("d.csv", "item,title\n1,A\n").find("title"), std::string::npos);
  EXPECT_NE(problem("e.csv", "item,name\n1,caf\xE9\n2,A\n").find("UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace kindred
