// SPDX-License-Identifier: Apache-2.0
// Reports: what the checks found, one text block each on stderr.
//
// The first report ends the process with kReportExitCode (CUDAEMU_REPORT=abort, the default). With
// CUDAEMU_REPORT=collect all are printed, equal ones once, and the process ends with that code when it ends. With
// CUDAEMU_REPORT_FILE=PATH every report is also appended there, for tests and for `cudaemu run`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cudaemu {

inline constexpr int kReportExitCode = 86;

enum class ReportKind {
  out_of_bounds,  // global, shared, local, parameter
  use_after_free,
  misaligned,
  unwritten_read,     // shared or device memory nothing has written
  race,               // between threads, blocks or streams
  divergent_barrier,  // threads of a block wait at different barriers, or some never come
  lane_mask,          // a lane outside the mask, or a mask that differs between lanes
  deadlock,
  host_touches_device,  // host code used a device address
  device_touches_host,  // a kernel used memory that is neither pinned nor registered
  invalid_free,
  invalid_call,      // arguments of a runtime or library call
  unsupported_call,  // a runtime or library function that has no stand-in
  unsupported_instruction,
  assertion,
  trap,
  launch,  // a configuration that the device or the kernel forbids
  leak,
};
const char* name_of(ReportKind kind);

// Prints "cudaemu: error: <kind>: <text>" and, one a line and indented, `details`. Does not return when reports abort.
// `once_key`: reports with a key that was seen before are dropped (empty: never dropped).
void report(ReportKind kind, std::string_view text, const std::vector<std::string>& details = {},
            std::string_view once_key = {});

int report_count();

}  // namespace cudaemu
