// SPDX-License-Identifier: Apache-2.0
// For the tests of the stand-ins, which are programs of their own without a test library.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cudaemu::testing {

inline int failures = 0;

inline void expect(bool right, const char* what, const char* file, int line) {
  if (right) return;
  ++failures;
  std::printf("%s:%d: not so: %s\n", file, line, what);
}

// Runs `body` in a child process; true when that ends with the code of a report and says `text` on stderr.
template <class Body>
bool reports(const std::string& text, Body body) {
  constexpr int kReportExitCode = 86;
  int ends[2];
  if (pipe(ends) != 0) return false;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    body();
    std::exit(0);
  }
  close(ends[1]);
  std::string output;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    output.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool reported = WIFEXITED(status) && WEXITSTATUS(status) == kReportExitCode;
  if (reported && output.find(text) != std::string::npos) return true;
  std::printf("wanted a report with '%s'; status %d, stderr:\n%s", text.c_str(), status, output.c_str());
  return false;
}

inline int result() {
  std::printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace cudaemu::testing

#define EXPECT(condition) ::cudaemu::testing::expect(condition, #condition, __FILE__, __LINE__)
#define EXPECT_OK(call) ::cudaemu::testing::expect((call) == cudaSuccess, #call, __FILE__, __LINE__)
