// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/trainer.h"

#include "trainer/data/durable_folder.h"
#include "trainer/data/prepare.h"
#include "trainer/data/synced_file.h"
#include "trainer/export/export_run.h"
#include "trainer/train/checkpoint.h"
#include "trainer/train/environment.h"
#include "trainer/train/evaluate_model.h"
#include "trainer/train/export_trained.h"
#include "trainer/train/logged_progress.h"
#include "trainer/train/metrics_log.h"
#include "trainer/train/run_device.h"
#include "trainer/train/run_lock.h"
#include "trainer/train/run_observer.h"
#include "trainer/train/stopwatch.h"
#include "trainer/train/training_loop.h"
#include "trainer/train/warm_start_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

// peak_bytes: of the process on the host. Purposes of the host stand beside those of the device, where they differ.
Json memory_json(const Context& ctx) {
  const auto by_purpose = [](const Context& where) {
    Json json = Json::object();
    for (const MemoryUse& use : where.memory_report()) json[use.purpose] = use.peak_bytes;
    return json;
  };
  const Context host = ctx.on_host();
  Json json = {{"peak_bytes", peak_memory_bytes()}, {"by_purpose", by_purpose(host)}};
  if (!(host.device() == ctx.device()))
    json["device"] = {{"name", ctx.device().name()}, {"by_purpose", by_purpose(ctx)}};
  return json;
}

Json data_json(const Dataset& data) {
  return {{"prepared", std::filesystem::absolute(data.folder()).string()},
          {"fingerprint", data.fingerprint()},
          {"users", data.num_users()},
          {"items", data.num_items()},
          {"interactions", data.train().nnz()}};
}

CheckpointIdentity identity_of(const Config& config, const Model& model, const Dataset& data) {
  return {.model = std::string(model.type()),
          .config_hash = fmt::format("{:016x}", config_hash(config)),
          .data_fingerprint = data.fingerprint()};
}

// One run in its folder, which this process holds alone.
class Run {
 public:
  Run(const Context& ctx, const LoadedConfig& loaded, const PreparedDataset& prepared,
      std::shared_ptr<const Dataset> data, std::unique_ptr<Model> model, const RunFolder& folder, Progress& progress,
      StopRequest* stop, const std::optional<WarmStartRun>& warm_start)
      : ctx_(ctx),
        loaded_(loaded),
        config_(loaded.config),
        prepared_(prepared),
        data_(std::move(data)),
        model_(std::move(model)),
        folder_(folder),
        progress_(progress),
        stop_(stop),
        observers_(config_, folder.path(), [this](std::string_view line) { progress_.say(line); }),
        warm_start_(warm_start) {
    if (folder_.status() != kCompleted) remove_leftover(folder_.result());
    remove_temporary_folders(folder_.path());
    remove_temporary_folders(folder_.checkpoints());
    replace_file(folder_.config(), resolved_yaml(loaded));
    replace_file(folder_.environment(), environment(ctx).dump(2) + "\n");
  }

  void train(bool is_new, double prepare_s) {
    const Stopwatch total;
    // First: it opens the log, and may make the model anew.
    TrainingState begun = is_new ? begin() : go_on();
    const TrainingState state = TrainingLoop({.ctx = ctx_,
                                              .config = config_,
                                              .data = *data_,
                                              .model = *model_,
                                              .checkpoints = folder_.checkpoints(),
                                              .identity = identity_of(config_, *model_, *data_),
                                              .log = *log_,
                                              .progress = progress_,
                                              .stop = stop_,
                                              .warm_start = warm_start_ ? &warm_start_->start() : nullptr},
                                             std::move(begun))
                                    .run();
    Json result = trained_result(state);
    const Stopwatch evaluate_watch;
    evaluate(state, result);
    const double evaluate_s = evaluate_watch.seconds();
    const Stopwatch export_watch;
    if (config_.exported.at_end) export_at_end(state, result);
    result["timing_s"] = {{"prepare", prepare_s},
                          {"prepared_from_cache", prepared_.from_cache},
                          {"train", state.train_s},
                          {"validation", state.validation_s},
                          {"evaluate", evaluate_s},
                          {"export", export_watch.seconds()},
                          {"total", prepare_s + total.seconds()}};
    const double interactions = static_cast<double>(data_->train().nnz()) * static_cast<double>(state.epochs);
    result["throughput"] = {{"interactions_per_s", state.train_s > 0.0 ? interactions / state.train_s : 0.0}};
    result["memory"] = memory_json(ctx_);
    result["data"] = data_json(*data_);
    replace_file(folder_.result(), result.dump(2) + "\n");
    log_->write("end", {{"status", kCompleted}, {"total_s", total.seconds()}});
  }

  // The run can go on another time; metrics.jsonl stays as it is for then.
  void tell_stopped(const Error& error) {
    observers_.observe("end", {{"status", error.kind() == ErrorKind::preempted ? "preempted" : "stopped"}});
  }

  // The run cannot go on: result.json says so.
  void end_with(const Error& error) {
    if (folder_.status() == kCompleted) return;
    const char* status = error.kind() == ErrorKind::divergence ? "diverged" : "failed";
    const Json result = {{"status", status},         {"model", model_->type()}, {"run", folder_.path().string()},
                         {"seed", config_.run.seed}, {"error", error.what()},   {"data", data_json(*data_)}};
    replace_file(folder_.result(), result.dump(2) + "\n");
    if (log_) log_->write("end", {{"status", status}, {"error", error.what()}});
  }

 private:
  TrainingState begin() {
    log_.emplace(folder_.metrics());
    log_->follow(observers_);
    log_->write("start", {{"model", model_->type()}, {"device", ctx_.device().name()}, {"threads", ctx_.threads()}});
    TrainingState state;
    if (warm_start_) {
      const Stopwatch watch;
      progress_.say(
          fmt::format("beginning with the vectors of {}: {}", config_.run.warm_start, warm_start_->counts_text()));
      model_->warm_start(ctx_, warm_start_->start());
      state.train_s = watch.seconds();
    }
    return state;
  }

  // From the newest checkpoint that is whole, else from the beginning.
  TrainingState go_on() {
    bool damage = false;
    const auto warn = [&](std::string_view line) {
      damage = true;
      progress_.say(line);
    };
    std::optional<TrainingState> state =
        load_newest_checkpoint(ctx_, folder_.checkpoints(), *model_, identity_of(config_, *model_, *data_), warn);
    if (!state) {
      if (damage) model_ = make_model(ctx_, config_.model, data_);
      progress_.say(damage ? "no checkpoint of this run is whole: it starts again from the beginning"
                           : "this run had saved nothing yet: it starts again from the beginning");
      return begin();
    }
    ++state->resumes;
    log_.emplace(folder_.metrics(), std::move(state->metrics_log));
    log_->follow(observers_);
    const std::string from =
        state->trained ? "the trained model" : fmt::format("epoch {} of {}", state->epochs, model_->epochs());
    progress_.say(fmt::format("going on from {}", from));
    log_->write("resume", {{"epoch", state->epochs}, {"trained", state->trained}});
    return std::move(*state);
  }

  Json trained_result(const TrainingState& state) const {
    Json result = {{"status", kCompleted},     {"model", model_->type()}, {"run", folder_.path().string()},
                   {"seed", config_.run.seed}, {"epochs", state.epochs},  {"stopped_early", state.stopped_early},
                   {"resumes", state.resumes}};
    if (state.objective) result["objective"] = *state.objective;
    if (warm_start_) {
      result["warm_start"] = warm_start_->to_json();
      result["warm_start"]["alignment_error"] = state.alignment->error;
      result["warm_start"]["alignment_error_before"] = state.alignment->error_before;
    }
    return result;
  }

  void evaluate(const TrainingState& state, Json& result) {
    for (const auto& [name, part] :
         {std::pair{"validation", &data_->validation()}, std::pair{"test", &data_->test()}}) {
      if (!part->present) continue;
      const PartEvaluation evaluation =
          evaluate_with_baselines(ctx_, config_, data_, *part, *model_, {}, config_.evaluation.trec, progress_);
      add_to_result(result, name, evaluation);
      if (config_.evaluation.trec)
        write_trec_files(folder_.path() / "trec", name, *part, evaluation.model, *data_, config_.run.name);
      log_->write("evaluation", {{"epoch", state.epochs}, {"part", name}, {"metrics", result["metrics"][name]}});
    }
  }

  void export_at_end(const TrainingState& state, Json& result) {
    const Json manifest = finish_export(ctx_, folder_, loaded_, *data_, *model_, state.epochs, progress_);
    result["export"] = export_summary(manifest, folder_.exported());
    log_->write("export", result["export"]);
  }

  const Context& ctx_;
  const LoadedConfig& loaded_;
  const Config& config_;
  const PreparedDataset& prepared_;
  std::shared_ptr<const Dataset> data_;
  std::unique_ptr<Model> model_;
  RunFolder folder_;
  Progress& progress_;
  StopRequest* stop_;
  RunObservers observers_;
  const std::optional<WarmStartRun>& warm_start_;
  std::optional<MetricsLog> log_;
};

}  // namespace

RunFolder train(const LoadedConfig& given, Progress& outer_progress, const TrainOptions& options) {
  LoadedConfig loaded = given;
  const Config& config = loaded.config;
  // A name means its newest finished run today; the run folder says which that was.
  if (!config.run.warm_start.empty()) {
    const RunFolder before = RunFolder::find(config.run.warm_start, config.run.output);
    loaded.config.run.warm_start = std::filesystem::absolute(before.path()).lexically_normal().string();
  }
  const RunDevice device = choose_device(config);
  outer_progress.say(fmt::format("device: {}", device.description));
  const Stopwatch prepare_watch;
  const PreparedDataset prepared = prepare(config, device.ctx.pool(), outer_progress);
  const double prepare_s = prepare_watch.seconds();
  const auto data = Dataset::open(prepared.folder);
  std::unique_ptr<Model> model = make_model(device.ctx, config.model, data);
  if (config.exported.at_end) check_exportable(config.exported, *model);

  std::optional<WarmStartRun> warm_start;
  if (!config.run.warm_start.empty()) warm_start.emplace(config.run.warm_start, *model, *data);

  const auto say = [&](std::string_view line) { outer_progress.say(line); };
  const RunChoice choice = choose_run(config, data->fingerprint(), options.resume, say);
  const RunLock lock(choice.folder.path(), say);
  LoggedProgress progress(outer_progress, choice.folder.log());
  progress.say(fmt::format("run folder: {}", choice.folder.path().string()));
  Run run(device.ctx, loaded, prepared, data, std::move(model), choice.folder, progress, options.stop, warm_start);
  try {
    run.train(choice.is_new, prepare_s);
  } catch (const Error& error) {
    const bool goes_on = error.kind() == ErrorKind::device || error.kind() == ErrorKind::preempted;
    if (goes_on) {
      run.tell_stopped(error);
    } else {
      run.end_with(error);
    }
    throw;
  }
  return choice.folder;
}

}  // namespace kindred
