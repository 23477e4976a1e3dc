// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/logged_progress.h"

#include "kernels/core/check.h"

#include <fmt/chrono.h>

#include <ctime>

namespace kindred {

LoggedProgress::LoggedProgress(Progress& inner, const std::filesystem::path& file)
    : inner_(inner), file_(file, std::ios::app) {
  if (!file_) fail(ErrorKind::device, "{}: cannot be written", file.string());
}

void LoggedProgress::begin(std::string_view stage, std::int64_t total, std::string_view unit) {
  stage_ = stage;
  watch_ = Stopwatch();
  inner_.begin(stage, total, unit);
}

void LoggedProgress::update(std::int64_t done, std::string_view note) { inner_.update(done, note); }

void LoggedProgress::end(std::string_view note) {
  log(fmt::format("{}: {:.3f} s{}{}", stage_, watch_.seconds(), note.empty() ? "" : ", ", note));
  inner_.end(note);
}

void LoggedProgress::say(std::string_view line) {
  log(line);
  inner_.say(line);
}

void LoggedProgress::log(std::string_view line) {
  file_ << fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}\n", fmt::gmtime(std::time(nullptr)), line) << std::flush;
}

}  // namespace kindred
