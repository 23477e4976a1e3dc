// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_choice.h"

#include "kernels/core/check.h"
#include "trainer/train/checkpoint_manifest.h"
#include "trainer/train/run_lock.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <vector>

namespace kindred {

namespace fs = std::filesystem;

namespace {

using Say = std::function<void(std::string_view)>;

std::string shown_value(const std::string& value) { return value.empty() ? "(not in use)" : value; }

std::string difference_text(const std::vector<KeyChange>& changes) {
  std::string text;
  for (const KeyChange& change : changes) {
    text += fmt::format("\n  {}: {} -> {}", change.path, shown_value(change.before), shown_value(change.after));
  }
  return text;
}

struct SavedData {
  bool saved = false;       // there is a checkpoint
  std::string fingerprint;  // of the newest that says so
};

SavedData saved_data(const RunFolder& run) {
  SavedData result;
  for (const fs::path& folder : committed_checkpoints(run.checkpoints())) {
    result.saved = true;
    try {
      result.fingerprint =
          read_checkpoint_manifest(folder / kCheckpointManifest).at("data_fingerprint").get<std::string>();
      return result;
    } catch (const std::exception&) {  // damaged: named when it is read
    }
  }
  return result;
}

class Search {
 public:
  Search(const Config& config, const std::string& data_fingerprint, const Say& say)
      : config_(config), data_fingerprint_(data_fingerprint), say_(say) {}

  std::optional<RunFolder> newest_to_go_on() {
    std::string refusal;
    bool first = true;
    for (const RunFolder& run : RunFolder::all(config_.run.output, config_.run.name)) {
      const std::optional<Config> before = readable_config(run);
      if (!before) continue;
      const std::vector<KeyChange> changes = changes_of_result(*before, config_);
      if (run.status() != kUnfinished) {
        if (changes.empty()) break;
        first = false;
        continue;
      }
      const std::optional<std::string> holder = RunLock::holder(run.path());
      const SavedData data = saved_data(run);
      if (changes.empty() && holder) {
        fail(ErrorKind::device,
             "{}: this run is in the hands of {}; wait for it, or start another run with --resume never",
             run.path().string(), *holder);
      }
      if (changes.empty() && !data.fingerprint.empty() && data.fingerprint != data_fingerprint_) {
        say_(fmt::format("the run {} did not end, but was trained on other data; it stays as it is",
                         run.path().string()));
      } else if (changes.empty()) {
        return run;
      } else if (first && !holder && data.saved) {
        refusal = fmt::format(
            "the newest run did not end, and its configuration was another one: {}{}\n"
            "expected the same configuration, which goes on with that run, or --resume never, which starts a new one",
            run.path().string(), difference_text(changes));
      }
      if (!holder) first = false;
    }
    if (!refusal.empty()) fail(ErrorKind::usage, "{}", refusal);
    return std::nullopt;
  }

 private:
  std::optional<Config> readable_config(const RunFolder& run) const {
    try {
      return config_of(run);
    } catch (const Error& error) {
      say_(fmt::format("{} cannot be read, the run is left alone: {}", run.config().string(), error.what()));
      return std::nullopt;
    }
  }

  const Config& config_;
  const std::string& data_fingerprint_;
  const Say& say_;
};

}  // namespace

ResumeChoice parse_resume(const std::string& text) {
  if (text == "auto") return {};
  if (text == "never") return {.kind = ResumeChoice::Kind::never, .run = {}};
  return {.kind = ResumeChoice::Kind::run, .run = text};
}

Config config_of(const RunFolder& run) {
  const std::string file = run.config().string();
  return load_config({&file, 1}, {}, {.check_files = false}).config;
}

RunChoice choose_run(const Config& config, const std::string& data_fingerprint, const ResumeChoice& resume,
                     const Say& say) {
  std::optional<RunFolder> run;
  if (resume.kind == ResumeChoice::Kind::run) {
    run = RunFolder::find(resume.run, config.run.output);
    const std::vector<KeyChange> changes = changes_of_result(config_of(*run), config);
    if (!changes.empty()) {
      fail(ErrorKind::usage, "--resume {}: its configuration was another one: {}{}", resume.run, run->path().string(),
           difference_text(changes));
    }
  } else if (resume.kind == ResumeChoice::Kind::automatic) {
    run = Search(config, data_fingerprint, say).newest_to_go_on();
  }
  if (run) return {*run, false};
  return {RunFolder::create(config.run.output, config.run.name, config_hash(config)), true};
}

}  // namespace kindred
