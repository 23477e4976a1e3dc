// SPDX-License-Identifier: Apache-2.0
// Runs the `kindred` program as a user would, in a folder of the test's own.
#pragma once

#include "trainer/data/testing/temporary_folder.h"

#include <filesystem>
#include <string>

namespace kindred {

struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class ProgramTest {
 public:
  explicit ProgramTest(const std::string& name) : folder_(name) {}

  // `kindred <arguments>` with the working directory in folder(); `environment` such as "KINDRED_THREADS=1".
  ProgramResult kindred(const std::string& arguments, const std::string& environment = {}) const;
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  std::string read(const std::filesystem::path& file) const;
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

}  // namespace kindred
