// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/report.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>

#include "tools/cudaemu/engine/options.h"

namespace cudaemu {
namespace {

struct State {
  std::mutex mutex;
  std::set<std::string, std::less<>> seen;
  int count = 0;
};

// Never destroyed: reports may come from other destructors at exit.
State& state() {
  static State* instance = new State;
  return *instance;
}

void end_process_with_code() {
  if (state().count == 0) return;
  std::fprintf(stderr, "cudaemu: %d report%s\n", state().count, state().count == 1 ? "" : "s");
  std::fflush(nullptr);
  ::_exit(kReportExitCode);
}

}  // namespace

const char* name_of(ReportKind kind) {
  switch (kind) {
    case ReportKind::out_of_bounds:
      return "out of bounds";
    case ReportKind::use_after_free:
      return "use after free";
    case ReportKind::misaligned:
      return "misaligned access";
    case ReportKind::unwritten_read:
      return "read of unwritten memory";
    case ReportKind::race:
      return "data race";
    case ReportKind::divergent_barrier:
      return "divergent barrier";
    case ReportKind::lane_mask:
      return "wrong lane mask";
    case ReportKind::deadlock:
      return "deadlock";
    case ReportKind::host_touches_device:
      return "host access to device memory";
    case ReportKind::device_touches_host:
      return "device access to host memory";
    case ReportKind::invalid_free:
      return "invalid free";
    case ReportKind::invalid_call:
      return "invalid call";
    case ReportKind::unsupported_call:
      return "unsupported call";
    case ReportKind::unsupported_instruction:
      return "unsupported instruction";
    case ReportKind::assertion:
      return "assertion failed";
    case ReportKind::trap:
      return "trap";
    case ReportKind::launch:
      return "invalid launch";
    case ReportKind::leak:
      return "leak";
  }
  return "?";
}

void report(ReportKind kind, std::string_view text, const std::vector<std::string>& details,
            std::string_view once_key) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (!once_key.empty() && !s.seen.emplace(once_key).second) return;
  if (s.count++ == 0) std::atexit(end_process_with_code);
  std::string all = std::string("cudaemu: error: ") + name_of(kind) + ": " + std::string(text) + "\n";
  for (const std::string& detail : details) all += "    " + detail + "\n";
  std::fflush(stdout);
  std::fputs(all.c_str(), stderr);
  if (!options().report_file.empty()) {
    if (std::FILE* file = std::fopen(options().report_file.c_str(), "a")) {
      std::fputs(all.c_str(), file);
      std::fclose(file);
    }
  }
  if (options().abort_on_report) {
    std::fflush(nullptr);
    ::_exit(kReportExitCode);
  }
}

int report_count() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.count;
}

}  // namespace cudaemu
