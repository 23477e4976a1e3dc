// SPDX-License-Identifier: Apache-2.0
#include "tests/program.h"

#include <sys/wait.h>

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

ProgramResult ProgramTest::kindred(const std::string& arguments, const std::string& environment) const {
  const std::string command = "cd '" + folder().string() + "' && " + environment + " '" + std::string(KINDRED_PROGRAM) +
                              "' " + arguments + " > stdout.txt 2> stderr.txt";
  const int status = std::system(command.c_str());  // NOLINT: a shell is what a user has, too
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(folder_ / "stdout.txt"), slurp(folder_ / "stderr.txt")};
}

fs::path ProgramTest::write(const std::string& name, const std::string& text) const {
  return folder_.write(name, text);
}

std::string ProgramTest::read(const fs::path& file) const { return slurp(file); }

}  // namespace kindred
