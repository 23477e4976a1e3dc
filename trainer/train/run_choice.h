// SPDX-License-Identifier: Apache-2.0
// Which run folder `kindred train` works in (docs/checkpoints.md has the rule for people).
//
// auto: the newest run of the name that did not end, has the same configuration (keys on which the result depends) and
// data, and is not older than a run of the same that ended; else a new one. When the newest run of the name did not
// end, has saved something and has another configuration, that is refused with the keys that changed. never: a new one.
// run: that one.
#pragma once

#include "trainer/config/load.h"
#include "trainer/train/run_folder.h"

#include <functional>
#include <string>
#include <string_view>

namespace kindred {

// The configuration that a run was made with; files that it names need not be there any more.
Config config_of(const RunFolder& run);

struct ResumeChoice {
  enum class Kind { automatic, never, run };
  Kind kind = Kind::automatic;
  std::string run;  // of Kind::run: a folder, or a name
};

// "auto", "never", or a run.
ResumeChoice parse_resume(const std::string& text);

struct RunChoice {
  RunFolder folder;
  bool is_new = true;
};

// Errors: usage for another configuration, or a run that is not there; device when the run that should go on is in the
// hands of another process.
RunChoice choose_run(const Config& config, const std::string& data_fingerprint, const ResumeChoice& resume,
                     const std::function<void(std::string_view)>& say);

}  // namespace kindred
