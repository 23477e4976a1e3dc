// SPDX-License-Identifier: Apache-2.0
// "A first configuration of your own" of README.md, run as it is written there: the file, then every command.
#include "tests/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace kindred {
namespace {

// The indented lines that follow a line which begins with `start`, without their indent.
std::string block_after(const std::string& start) {
  std::ifstream readme(std::string(KINDRED_SOURCE) + "/README.md");
  std::string line;
  while (std::getline(readme, line) && !line.starts_with(start)) {
  }
  std::string block;
  while (std::getline(readme, line) && (line.empty() || line.starts_with("    "))) {
    if (!line.empty()) block += line.substr(4) + "\n";
  }
  return block;
}

// 30 customers in two tastes of 10 articles each, by the column names of the README's configuration.
std::string orders() {
  std::string text = "ordered_at,customer,sku,quantity\n";
  for (int customer = 0; customer < 30; ++customer) {
    for (int n = 0; n < 6; ++n) {
      text += fmt::format("2024-03-{:02}T10:00:00Z,{},A-{},{}\n", n + 1, 4711 + customer,
                          100 + customer % 2 * 10 + (customer * 3 + n) % 10, 1 + n % 3);
    }
  }
  return text;
}

TEST(Readme, FirstConfigurationRunsAsItIsWritten) {
  const std::string config = block_after("Save as `shop.yaml`");
  ASSERT_NE(config.find("run: {name: shop}"), std::string::npos) << config;
  const ProgramTest program("readme");
  program.write("shop.yaml", config);
  program.write("orders.csv", orders());
  program.write("today.csv", "ordered_at,customer,sku,quantity\n2024-03-20T10:00:00Z,4711,A-105,1\n");
  program.write("arrivals.txt", "A-200 4711 4713\nA-201 4712\n");
  int commands = 0;
  std::istringstream lines(block_after("Then:"));
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kProgram = "kindred ";
    if (!line.starts_with(kProgram)) continue;  // PATH
    const ProgramResult result = program.kindred(line.substr(kProgram.size(), line.find('#') - kProgram.size()));
    EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.err;
    EXPECT_EQ(result.err.find("warning"), std::string::npos) << line << "\n" << result.err;
    ++commands;
  }
  EXPECT_GE(commands, 8);
  for (const char* file : {"everyone.parquet", "tomorrow.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(program.folder() / file)) << file;
  }
}

}  // namespace
}  // namespace kindred
