// SPDX-License-Identifier: Apache-2.0
#include "tools/log_format.h"

#include "tools/terminal_progress.h"

#include <fmt/chrono.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr double kInterval_s = 1.0;  // between progress lines
constexpr const char* kLogFormat = "--log-format";

void print_line(const char* level, const char* event, const Json& fields) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  Json line = {
      {"time", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(milliseconds / 1000), milliseconds % 1000)},
      {"level", level},
      {"event", event}};
  line.update(fields);
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

class JsonProgress final : public Progress {
 public:
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    unit_ = unit;
    total_ = total;
    done_ = 0;
    started_ = last_printed_ = Clock::now();
    print_line("info", "begin", {{"stage", stage_}, {"total", total_}, {"unit", unit_}});
  }
  void update(std::int64_t done, std::string_view note) override {
    const std::lock_guard lock(mutex_);
    done_ = done;
    const auto now = Clock::now();
    if (seconds_to(now, last_printed_) < kInterval_s) return;
    last_printed_ = now;
    print("progress", note);
  }
  void end(std::string_view note) override {
    const std::lock_guard lock(mutex_);
    print("end", note);
  }
  void say(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    print_line("info", "message", {{"message", line}});
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_to(Clock::time_point now, Clock::time_point since) {
    return std::chrono::duration<double>(now - since).count();
  }
  void print(const char* event, std::string_view note) {
    Json fields = {{"stage", stage_},
                   {"done", done_},
                   {"total", total_},
                   {"unit", unit_},
                   {"elapsed_s", seconds_to(Clock::now(), started_)}};
    if (!note.empty()) fields["note"] = note;
    print_line("info", event, fields);
  }

  std::mutex mutex_;
  std::string stage_;
  std::string unit_;
  std::int64_t total_ = 0;
  std::int64_t done_ = 0;
  Clock::time_point started_;
  Clock::time_point last_printed_;
};

bool asks_for_json(const CLI::App& app) {
  const CLI::Option* option = app.get_option_no_throw(kLogFormat);
  if (option != nullptr && option->count() > 0 && option->results().back() == "json") return true;
  for (const CLI::App* command : app.get_subcommands()) {
    if (asks_for_json(*command)) return true;
  }
  return false;
}

}  // namespace

void add_progress_options(CLI::App& command, ProgressOptions& options) {
  command.add_flag("-q,--quiet", options.quiet, "no progress on stderr");
  command.add_option(kLogFormat, options.log_format, "what goes to stderr: text for people, json for programs")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->type_name("text|json")
      ->option_text("text|json [text]");
}

std::unique_ptr<Progress> open_progress(const ProgressOptions& options) {
  if (options.quiet) return std::make_unique<NoProgress>();
  if (options.log_format == "json") return std::make_unique<JsonProgress>();
  return std::make_unique<TerminalProgress>(false);
}

void print_error(const CLI::App& app, std::string_view message, int exit_code) {
  if (asks_for_json(app)) {
    print_line("error", "error", {{"message", message}, {"exit_code", exit_code}});
  } else {
    fmt::print(stderr, "kindred: {}\n", message);
  }
}

}  // namespace kindred
