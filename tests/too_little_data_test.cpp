// SPDX-License-Identifier: Apache-2.0
// Data of which nothing can be learned or measured, through the program: said with numbers, by prepare and by train,
// also when the prepared data were there already.
#include "tests/program.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kindred {
namespace {

struct TooLittle {
  const char* name;
  const char* events;
  const char* split;  // arguments
  int exit_code;
  std::vector<const char*> messages;
};

class TooLittleData : public testing::TestWithParam<TooLittle> {};

TEST_P(TooLittleData, IsSaid) {
  const ProgramTest program("too_little");
  program.write("events.csv", GetParam().events);
  program.write("little.yaml",
                "run: {name: little}\ndata: {path: events.csv, columns: {timestamp: time}}\n"
                "model: {type: als, factors: 4, iterations: 2}\nevaluation: {bootstrap_samples: 100}\n");
  for (const char* command : {"prepare", "train", "train"}) {
    const ProgramResult result = program.kindred(std::string(command) + " little.yaml " + GetParam().split);
    EXPECT_EQ(result.exit_code, GetParam().exit_code) << command << result.err;
    for (const char* message : GetParam().messages) {
      EXPECT_NE(result.err.find(message), std::string::npos) << command << ": " << message << "\n" << result.err;
    }
    if (GetParam().messages.empty()) {
      EXPECT_EQ(result.err.find("warning"), std::string::npos) << result.err;
    }
  }
}

constexpr const char* kEmptyTest = "the test part is empty: no user has both";
constexpr const char* kLeaveOneOut = "--set split.protocol=leave_one_out";

INSTANTIATE_TEST_SUITE_P(
    Program, TooLittleData,
    testing::Values(
        TooLittle{"no_bytes", "", "", 3, {"events.csv: no events in it (0 rows read"}},
        TooLittle{"no_rows", "user,item,time\n", "", 3, {"events.csv: no events in it (0 rows read"}},
        TooLittle{"one_row",
                  "user,item,time\na,x,1\n",
                  "",
                  0,
                  {"training has 1 item (1 events read, 0 dropped, 1 entries left", "training has 1 user", kEmptyTest}},
        TooLittle{"two_users_one_item",
                  "user,item,time\na,x,1\nb,x,2\n",
                  "",
                  0,
                  {"training has 1 item (2 events read", "each of the 2 users has 1 training entry", kEmptyTest}},
        TooLittle{"one_user",
                  "user,item,time\na,x,1\na,y,2\na,z,3\n",
                  "--set split.protocol=none",
                  0,
                  {"training has 1 user (3 events read"}},
        TooLittle{"single_events",
                  "user,item,time\na,x,1\nb,y,2\nc,z,3\n",
                  kLeaveOneOut,
                  0,
                  {"each of the 3 users has 1 training entry", "the validation part is empty", kEmptyTest}},
        TooLittle{"targets_nobody_trained",
                  "user,item,time\na,x,1\na,y,2\na,z,3\na,w,4\nb,x,1\nb,y,2\nb,w,3\nb,z,4\n",
                  kLeaveOneOut,
                  0,
                  {"(2 targets dropped: 2 item_unseen; training has 2 users of at most 2 entries)", kEmptyTest}},
        TooLittle{
            "enough", "user,item,time\na,x,1\na,y,2\na,z,3\na,w,4\nb,w,1\nb,z,2\nb,x,3\nb,y,4\n", kLeaveOneOut, 0, {}}),
    [](const auto& little) { return little.param.name; });

}  // namespace
}  // namespace kindred
