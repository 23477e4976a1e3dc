// SPDX-License-Identifier: Apache-2.0
// What goes to stderr while a command works: lines for people, or one JSON object a line for a log collector:
//   {"time": "2026-11-27T06:58:14.123Z", "level": "info", "event": "begin" | "progress" | "end" | "message" | "error",
//   ...}
// begin, progress and end have stage, done, total, unit, elapsed_s and note; message and error a message.
#pragma once

#include "tools/commands.h"
#include "trainer/data/progress.h"

#include <memory>
#include <string_view>

namespace kindred {

std::unique_ptr<Progress> open_progress(const ProgressOptions& options);

// The last line of a command that failed, in the format that its --log-format asks for.
void print_error(const CLI::App& app, std::string_view message, int exit_code);

}  // namespace kindred
