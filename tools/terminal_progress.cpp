// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace kindred {

namespace {

constexpr double kTerminalInterval_s = 0.1;
constexpr double kPlainInterval_s = 5.0;
constexpr int kBarWidth = 20;

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

bool stderr_is_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace

TerminalProgress::TerminalProgress(bool quiet) : quiet_(quiet), terminal_(stderr_is_terminal()) {}

void TerminalProgress::begin(std::string_view stage, std::int64_t total, std::string_view unit) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  unit_ = unit;
  note_.clear();
  total_ = total;
  done_ = 0;
  started_ = last_drawn_ = Clock::now();
  if (terminal_) draw(false);
}

void TerminalProgress::update(std::int64_t done, std::string_view note) {
  const std::lock_guard lock(mutex_);
  done_ = done;
  if (!note.empty()) note_ = note;
  const auto now = Clock::now();
  if (seconds_between(last_drawn_, now) < (terminal_ ? kTerminalInterval_s : kPlainInterval_s)) return;
  last_drawn_ = now;
  draw(false);
}

void TerminalProgress::end(std::string_view note) {
  const std::lock_guard lock(mutex_);
  if (!note.empty()) note_ = note;
  draw(true);
}

void TerminalProgress::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  print_line(std::string(line), true);
}

void TerminalProgress::draw(bool last) {
  const double elapsed = seconds_between(started_, Clock::now());
  std::string text = fmt::format("{:<22}", stage_);
  if (total_ > 0 && !last) {
    const double share = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
    const int filled = static_cast<int>(share * kBarWidth);
    if (terminal_) text += fmt::format(" [{:=<{}}{: <{}}]", "", filled, "", kBarWidth - filled);
    text += fmt::format(" {:3.0f} %", share * 100.0);
  }
  if (done_ > 0) text += fmt::format("  {} {}", short_count(static_cast<double>(done_)), unit_);
  if (done_ > 0 && elapsed > 0.05) text += fmt::format(", {}/s", short_count(static_cast<double>(done_) / elapsed));
  if (last) {
    text += fmt::format("  {}", short_duration(elapsed));
  } else if (total_ > 0 && done_ > 0 && done_ <= total_) {
    text += fmt::format(", {} left",
                        short_duration(elapsed * static_cast<double>(total_ - done_) / static_cast<double>(done_)));
  }
  if (!note_.empty()) text += "  " + note_;
  print_line(text, last);
}

void TerminalProgress::print_line(const std::string& text, bool stays) {
  if (quiet_) return;
  if (line_open_) std::fputs("\r\033[K", stderr);
  std::fputs(text.c_str(), stderr);
  line_open_ = terminal_ && !stays;
  if (!line_open_) std::fputc('\n', stderr);
  std::fflush(stderr);
}

std::string short_count(double count) {
  if (count < 1e3) return fmt::format("{:.3g}", count);
  if (count < 1e6) return fmt::format("{:.1f}k", count / 1e3);
  if (count < 1e9) return fmt::format("{:.1f}M", count / 1e6);
  return fmt::format("{:.1f}G", count / 1e9);
}

std::string short_duration(double seconds) {
  if (seconds < 60.0) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace kindred
