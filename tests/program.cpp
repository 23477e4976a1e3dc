// SPDX-License-Identifier: Apache-2.0
#include "tests/program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace kindred {

namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

ProgramTest::ProgramTest(const std::string& name)
    : folder_(fs::temp_directory_path() / ("kindred_" + name + "_" + std::to_string(::getpid()))) {
  fs::remove_all(folder_);
  fs::create_directories(folder_);
}

ProgramTest::~ProgramTest() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

ProgramResult ProgramTest::kindred(const std::string& arguments, const std::string& environment) const {
  const std::string command = "cd '" + folder_.string() + "' && " + environment + " '" + std::string(KINDRED_PROGRAM) +
                              "' " + arguments + " > stdout.txt 2> stderr.txt";
  const int status = std::system(command.c_str());  // NOLINT: a shell is what a user has, too
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(folder_ / "stdout.txt"), slurp(folder_ / "stderr.txt")};
}

fs::path ProgramTest::write(const std::string& name, const std::string& text) const {
  const fs::path file = folder_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::string ProgramTest::read(const fs::path& file) const { return slurp(file); }

}  // namespace kindred
