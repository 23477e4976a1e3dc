// SPDX-License-Identifier: Apache-2.0
// A run that cannot be lost, through the program: signals, resuming, refusals, disks that are full or read-only, two
// processes in one folder, damaged checkpoints, divergence.
#include "tests/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string events_csv() {
  std::string text = "user,item\n";
  for (int user = 0; user < 200; ++user) {
    for (int n = 0; n < 12; ++n) text += fmt::format("u{},i{}\n", user, (user % 3) * 40 + (user * 7 + n * n) % 40);
  }
  return text;
}

const char* const kConfig = R"(
run: {name: steady, seed: 3}
data: {path: events.csv, columns: {user: user, item: item}}
split: {protocol: random, validation_ratio: 0.1, test_ratio: 0.1}
model: {type: als, factors: 16, iterations: 8, regularization: 0.01}
evaluation: {metrics: [recall@5], bootstrap_samples: 0, every: 2}
early_stopping: {metric: recall@5, patience: 10}
checkpoint: {every_iterations: 1}
)";

class LosslessTest : public testing::Test {
 protected:
  LosslessTest() : program_("lossless") {
    program_.write("events.csv", events_csv());
    program_.write("steady.yaml", kConfig);
  }

  ProgramResult train(const std::string& extra = {}) { return program_.kindred("train steady.yaml " + extra); }

  std::vector<fs::path> runs(const std::string& name = "steady") const {
    std::vector<fs::path> found;
    const fs::path parent = program_.folder() / "runs" / name;
    if (fs::exists(parent)) {
      for (const auto& entry : fs::directory_iterator(parent)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  // The factors of a run that nothing disturbed.
  std::string undisturbed() {
    const ProgramResult result = train("--set run.name=undisturbed --quiet --json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return factors(program_.folder() / Json::parse(result.out)["run"].get<std::string>());
  }
  std::string factors(const fs::path& run) const {
    return program_.read(run / "checkpoints/final/user_factors.bin") +
           program_.read(run / "checkpoints/final/item_factors.bin");
  }

  // A run that a signal stopped at its beginning, early enough to leave something to do.
  void stop_early(const std::string& signal) {
    const std::string script = fmt::format(
        "'{}' train steady.yaml --set model.iterations=4000 --quiet --set evaluation.every=0 "
        "--set early_stopping.metric= --set checkpoint.every_iterations=1000 2> err.txt & pid=$!; "
        "while ! grep -q '\"epoch\":3' runs/steady/*/metrics.jsonl 2> /dev/null; do sleep 0.01; done; "
        "kill -{} $pid; wait $pid; echo $? > code.txt",
        KINDRED_PROGRAM, signal);
    ASSERT_EQ(shell(script), 0);
  }
  int shell(const std::string& script) const {
    program_.write("script.sh", script);
    return std::system(("cd '" + program_.folder().string() + "' && bash script.sh").c_str());  // NOLINT
  }

  ProgramTest program_;
};

// Cuts a finished run back to what it would be had it been killed after an epoch.
void cut_back(const fs::path& run) {
  fs::remove(run / "result.json");
  fs::remove_all(run / "checkpoints/final");
}

std::vector<std::int64_t> epochs_in(const std::string& metrics) {
  std::vector<std::int64_t> epochs;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    if (json["event"] == "epoch") epochs.push_back(json["epoch"].get<std::int64_t>());
  }
  return epochs;
}

TEST_F(LosslessTest, ACutOffRunGoesOnWithTheSameBits) {
  const std::string expected = undisturbed();
  ASSERT_EQ(train("--quiet --set checkpoint.keep_last=100").exit_code, 0);
  const fs::path run = runs().at(0);
  for (const int epoch : {1, 2, 5, 8}) {
    cut_back(run);
    for (int later = epoch + 1; later <= 8; ++later) {
      fs::remove_all(run / fmt::format("checkpoints/step-{:06}", later));
    }
    // Another number of threads, another rhythm of saving: not what a result depends on.
    const ProgramResult result = train("--json --set checkpoint.keep_last=100 --set threads=1");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find(fmt::format("going on from epoch {} of 8", epoch)), std::string::npos) << result.err;
    EXPECT_EQ(factors(run), expected) << "cut off after epoch " << epoch;
    EXPECT_EQ(epochs_in(program_.read(run / "metrics.jsonl")), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_GE(Json::parse(result.out)["resumes"], 1);
  }
  EXPECT_EQ(runs().size(), 1U);
  // A run that ended is not touched: the same command begins another one.
  ASSERT_EQ(train("--quiet").exit_code, 0);
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(LosslessTest, TheEvaluationAloneIsRepeated) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  const fs::path run = runs().at(0);
  const Json before = Json::parse(program_.read(run / "result.json"));
  fs::remove(run / "result.json");
  const ProgramResult result = train("--json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("going on from the trained model"), std::string::npos) << result.err;
  EXPECT_EQ(Json::parse(result.out)["metrics"], before["metrics"]);
  EXPECT_EQ(Json::parse(result.out)["objective"], before["objective"]);
}

TEST_F(LosslessTest, SignalsSaveAndTheSameCommandGoesOn) {
  for (const char* signal : {"TERM", "INT", "USR1"}) {
    fs::remove_all(program_.folder() / "runs");
    stop_early(signal);
    EXPECT_EQ(program_.read(program_.folder() / "code.txt"), "75\n");
    const std::string err = program_.read(program_.folder() / "err.txt");
    EXPECT_NE(err.find(fmt::format("SIG{}: finishing this iteration, then saving", signal)), std::string::npos) << err;
    EXPECT_NE(err.find("the state is saved in"), std::string::npos) << err;
    const fs::path run = runs().at(0);
    EXPECT_FALSE(fs::exists(run / "lock"));
    EXPECT_FALSE(fs::is_empty(run / "checkpoints"));
  }
}

TEST_F(LosslessTest, ASecondInterruptStopsAtOnce) {
  // Epochs long enough that both signals fall into one.
  const std::string script = fmt::format(
      "'{}' train steady.yaml --set model.iterations=50 --set model.factors=1024 --set model.solver=primal "
      "--set early_stopping.metric= --set evaluation.every=0 --quiet --set threads=1 2> err.txt & pid=$!; "
      "while ! grep -q step-000001 runs/steady/*/metrics.jsonl 2> /dev/null; do sleep 0.01; done; sleep 0.05; "
      "kill -INT $pid; sleep 0.05; kill -INT $pid; wait $pid; echo $? > code.txt",
      KINDRED_PROGRAM);
  ASSERT_EQ(shell(script), 0);
  EXPECT_EQ(program_.read(program_.folder() / "code.txt"), "130\n");
  EXPECT_NE(program_.read(program_.folder() / "err.txt").find("stopped at once"), std::string::npos);
}

TEST_F(LosslessTest, AnotherConfigurationIsRefusedWithWhatChanged) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  cut_back(runs().at(0));
  const ProgramResult refused = train("--set model.factors=32 --set model.regularization=0.5 --set threads=1");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("\n  model.factors: 16 -> 32\n  model.regularization: 0.01 -> 0.5\n"), std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("--resume never"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.err.find("threads:"), std::string::npos) << refused.err;
  const ProgramResult named = train("--set model.factors=32 --resume " + runs().at(0).string());
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_NE(named.err.find("model.factors: 16 -> 32"), std::string::npos) << named.err;
  EXPECT_EQ(train("--quiet --set model.factors=32 --resume never").exit_code, 0);
  EXPECT_EQ(runs().size(), 2U);
  // The older one is still there to go on with.
  const ProgramResult old = train("");
  EXPECT_EQ(old.exit_code, 0) << old.err;
  EXPECT_NE(old.err.find("going on from epoch 8 of 8"), std::string::npos) << old.err;
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(LosslessTest, OtherDataBeginsANewRun) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  cut_back(runs().at(0));
  program_.write("events.csv", events_csv() + "u1,i90\n");
  const ProgramResult result = train();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("was trained on other data; it stays as it is"), std::string::npos) << result.err;
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(LosslessTest, TwoProcessesDoNotShareARun) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  const fs::path run = runs().at(0);
  cut_back(run);
  const std::string lock = (run / "lock").string();
  const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  std::ofstream(lock) << R"({"host": "here", "pid": 4711, "since": "2026-01-02T03:04:05Z"})" << std::flush;
  for (const std::string& resume : {std::string(), "--resume " + run.string()}) {
    const ProgramResult second = train(resume);
    EXPECT_EQ(second.exit_code, 4) << second.err;
    EXPECT_NE(second.err.find("in the hands of process 4711 on host here, since 2026-01-02T03:04:05Z"),
              std::string::npos)
        << second.err;
  }
  EXPECT_EQ(train("--quiet --resume never").exit_code, 0);
  ::close(fd);
}

TEST_F(LosslessTest, TheLockOfADeadProcessIsTakenOver) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  const fs::path run = runs().at(0);
  cut_back(run);
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  std::ofstream(run / "lock") << fmt::format(R"({{"host": "{}", "pid": 999999999, "since": "2026-01-02T03:04:05Z"}})",
                                             host.data());
  const ProgramResult result = train();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("taking over the lock of the run from process 999999999"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(run / "lock"));
}

TEST_F(LosslessTest, AFreshLockOfAnotherHostIsRespectedAStaleOneIsNot) {
  ASSERT_EQ(train("--quiet").exit_code, 0);
  const fs::path run = runs().at(0);
  cut_back(run);
  std::ofstream(run / "lock") << R"({"host": "node-17.elsewhere", "pid": 12, "since": "2026-01-02T03:04:05Z"})";
  const ProgramResult refused = train();
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("process 12 on host node-17.elsewhere"), std::string::npos) << refused.err;
  fs::last_write_time(run / "lock", fs::file_time_type::clock::now() - std::chrono::minutes(3));
  const ProgramResult taken = train();
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_NE(taken.err.find("taking over the lock of the run from process 12"), std::string::npos) << taken.err;
}

TEST_F(LosslessTest, DamagedCheckpointsAreNamedAndOlderOnesTaken) {
  const std::string expected = undisturbed();
  ASSERT_EQ(train("--quiet --set checkpoint.keep_last=3").exit_code, 0);
  const fs::path run = runs().at(0);
  // Of a finished run: what was evaluated is gone, nothing else is passed off for it.
  fs::resize_file(run / "checkpoints/final/user_factors.bin", 100);
  const ProgramResult asked = program_.kindred("recommend steady --user u1");
  EXPECT_EQ(asked.exit_code, 3);
  EXPECT_NE(asked.err.find("final/user_factors.bin: has 100 bytes"), std::string::npos) << asked.err;
  EXPECT_NE(asked.err.find("--resume"), std::string::npos) << asked.err;
  fs::resize_file(run / "checkpoints/step-000008/best.item_factors.bin", 7);
  const ProgramResult again = train("--resume " + run.string());
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("damaged checkpoint passed over: "), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("step-000008/best.item_factors.bin: has 7 bytes"), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("going on from epoch 7 of 8"), std::string::npos) << again.err;
  EXPECT_EQ(factors(run), expected);
  EXPECT_EQ(program_.kindred("recommend steady --user u1").exit_code, 0);
  // Nothing is whole: from the beginning, said loudly.
  cut_back(run);
  for (const auto& checkpoint : fs::directory_iterator(run / "checkpoints")) {
    fs::resize_file(checkpoint.path() / "MANIFEST.json", 3);
  }
  const ProgramResult anew = train();
  EXPECT_EQ(anew.exit_code, 0) << anew.err;
  EXPECT_NE(anew.err.find("no checkpoint of this run is whole: it starts again from the beginning"), std::string::npos)
      << anew.err;
  EXPECT_EQ(factors(run), expected);
}

TEST_F(LosslessTest, AFullDiskEndsWithAMessageAndHarmsNothing) {
  const std::string expected = undisturbed();
  // Files may not be larger than 4 KiB: configuration and log fit, the factors do not.
  const std::string command =
      fmt::format("ulimit -f 8; trap '' XFSZ; '{}' train steady.yaml --quiet 2> err.txt", KINDRED_PROGRAM);
  const int status = shell(command);
  EXPECT_EQ(WEXITSTATUS(status), 4) << program_.read(program_.folder() / "err.txt");
  const std::string err = program_.read(program_.folder() / "err.txt");
  EXPECT_NE(err.find("user_factors.bin: cannot be written: File too large"), std::string::npos) << err;
  const fs::path run = runs().at(0);
  EXPECT_TRUE(fs::is_empty(run / "checkpoints"));
  EXPECT_FALSE(fs::exists(run / "result.json"));
  ASSERT_EQ(train("--quiet").exit_code, 0);
  EXPECT_EQ(factors(run), expected);
  EXPECT_EQ(runs().size(), 1U);
}

TEST_F(LosslessTest, DivergenceNamesEpochAndKeyAndIsNotGoneOnWith) {
  // Confidences near the end of single precision.
  std::string heavy = "user,item,weight\n";
  std::istringstream lines(events_csv());
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) heavy += line + ",1e30\n";
  program_.write("heavy.csv", heavy);
  const ProgramResult result = train("--set data.path=heavy.csv --set data.columns.weight=weight");
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_NE(result.err.find("epoch 1: the objective is "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("model.regularization"), std::string::npos) << result.err;
  const Json ended = Json::parse(program_.read(runs().at(0) / "result.json"));
  EXPECT_EQ(ended["status"], "diverged");
  // Another value is not refused because of it.
  EXPECT_EQ(train("--quiet").exit_code, 0);
}

TEST_F(LosslessTest, AReadOnlyFolderAndVanishedDataAreNamed) {
  if (::geteuid() != 0) {
    fs::create_directories(program_.folder() / "locked");
    fs::permissions(program_.folder() / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    const ProgramResult readonly = train("--set run.output=locked");
    EXPECT_EQ(readonly.exit_code, 2);
    EXPECT_NE(readonly.err.find("run.output: locked/steady: cannot be made: Permission denied"), std::string::npos)
        << readonly.err;
  }
  ASSERT_EQ(train("--quiet").exit_code, 0);
  cut_back(runs().at(0));
  fs::rename(program_.folder() / "events.csv", program_.folder() / "elsewhere.csv");
  const ProgramResult vanished = train();
  EXPECT_EQ(vanished.exit_code, 2);
  EXPECT_NE(vanished.err.find("data.path"), std::string::npos) << vanished.err;
  EXPECT_NE(vanished.err.find("events.csv"), std::string::npos) << vanished.err;
  fs::rename(program_.folder() / "elsewhere.csv", program_.folder() / "events.csv");
  const ProgramResult back = train();
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_NE(back.err.find("going on from epoch 8 of 8"), std::string::npos) << back.err;
}

}  // namespace
}  // namespace kindred
