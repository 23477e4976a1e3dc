// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/training_loop.h"

#include "kernels/core/check.h"
#include "trainer/train/checkpoint_manifest.h"
#include "trainer/train/evaluate_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

std::string objective_note(const std::optional<double>& objective) {
  return objective ? fmt::format("objective {:.6g}", *objective) : std::string();
}

}  // namespace

TrainingLoop::TrainingLoop(const TrainingRoom& room, TrainingState state)
    : room_(room), state_(std::move(state)), stopping_(room.config.early_stopping), saved_epochs_(state_.epochs) {
  stopping_.restore_state(std::exchange(state_.early_stopping, {}));
}

TrainingState TrainingLoop::run() {
  if (state_.trained) return state_;
  const std::int64_t epochs = room_.model.epochs();
  room_.progress.begin(fmt::format("training {}", room_.model.type()), epochs, "epochs");
  while (state_.epochs < epochs && !state_.stopped_early) {
    stop_if_asked();
    try {
      train_epoch();
      validate();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::divergence) throw;
      const auto saved = committed_checkpoints(room_.checkpoints);
      fail(ErrorKind::divergence, "epoch {}: {}; the last good state: {}", state_.epochs + 1, error.what(),
           saved.empty() ? "none was saved yet (checkpoint.every_iterations)" : saved.front().string());
    }
    if (save_is_due()) save();
  }
  stop_if_asked();
  finish();
  return state_;
}

void TrainingLoop::train_epoch() {
  const Stopwatch watch;
  room_.model.train_epoch(room_.ctx, state_.epochs);
  room_.ctx.synchronize();
  const double seconds = watch.seconds();
  const std::optional<double> objective = room_.model.objective(room_.ctx);
  if (objective) {
    // Not finite, or far above the first: the run went wrong.
    constexpr double kExploded = 1e3;
    const double first = state_.first_objective.value_or(*objective);
    if (!std::isfinite(*objective) || *objective > kExploded * std::abs(first)) {
      const std::string began = state_.first_objective ? fmt::format(" (it began at {:.6g})", first) : std::string();
      fail(ErrorKind::divergence,
           "the objective is {}{}; look at model.regularization (too small?) and data.confidence (too large?)",
           *objective, began);
    }
    state_.first_objective = first;
  }
  state_.objective = objective;
  state_.train_s += seconds;
  ++state_.epochs;
  Json line = {{"epoch", state_.epochs}, {"elapsed_s", state_.train_s}};
  if (objective) line["objective"] = *objective;
  room_.log.write("epoch", line);
  room_.progress.update(state_.epochs, objective_note(objective));
}

void TrainingLoop::validate() {
  state_.validation.reset();
  const Config& config = room_.config;
  const bool due = config.evaluation.every > 0 && state_.epochs % config.evaluation.every == 0;
  if (!due || !room_.data.validation().present) return;
  const Stopwatch watch;
  NoProgress silent;
  const EvaluationResult result =
      evaluate_model(room_.ctx, config, room_.data, room_.data.validation(), room_.model, false, silent);
  state_.validation_s += watch.seconds();
  room_.log.write("evaluation", {{"epoch", state_.epochs}, {"part", "validation"}, {"metrics", result.metrics_json()}});
  const std::string watched = stopping_.enabled()      ? stopping_.metric()
                              : result.metrics.empty() ? std::string()
                                                       : result.metrics.front().name;
  if (watched.empty()) return;
  const double value = result.value(watched);
  if (stopping_.enabled()) state_.stopped_early = stopping_.observe(room_.ctx, value, state_.epochs, room_.model);
  if (std::isfinite(value)) state_.validation = value;
}

void TrainingLoop::finish() {
  if (room_.stop != nullptr) room_.stop->set_saves_first(true);
  const bool restored = stopping_.enabled() && stopping_.best_epochs() > 0;
  if (restored) {
    stopping_.restore_best(room_.ctx, room_.model);
    state_.epochs = stopping_.best_epochs();
  }
  const Stopwatch watch;
  if (room_.warm_start != nullptr) state_.alignment = room_.model.align(room_.ctx, *room_.warm_start);
  room_.model.finish_training(room_.ctx);
  room_.ctx.synchronize();
  state_.train_s += watch.seconds();
  state_.objective = room_.model.objective(room_.ctx);
  state_.trained = true;
  if (restored) {
    room_.progress.end(
        fmt::format("best after {} epochs: {} {:.4f}", state_.epochs, stopping_.metric(), stopping_.best_value()));
  } else {
    room_.progress.end(objective_note(state_.objective));
  }
  save();
  if (room_.stop == nullptr) return;
  room_.stop->set_saves_first(false);
  if (room_.stop->requested()) {
    fail(ErrorKind::preempted,
         "stopped: the model is trained and saved, its evaluation is left; the same command goes on");
  }
}

bool TrainingLoop::save_is_due() const {
  const CheckpointConfig& when = room_.config.checkpoint;
  if (saved_epochs_ == state_.epochs) return false;
  const bool by_count = when.every_iterations > 0 && state_.epochs % when.every_iterations == 0;
  const bool by_time = when.every_minutes > 0.0 && since_save_.seconds() >= when.every_minutes * 60.0;
  return by_count || by_time;
}

void TrainingLoop::save() {
  state_.early_stopping = stopping_.state();
  state_.metrics_log = room_.log.text();
  const auto write = [&] { return save_checkpoint(room_.ctx, room_.checkpoints, room_.model, state_, room_.identity); };
  std::filesystem::path saved;
  try {
    saved = write();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    room_.progress.say(fmt::format("the checkpoint was not saved, once more: {}", error.what()));
    saved = write();
  }
  state_.early_stopping = {};
  state_.metrics_log.clear();
  saved_epochs_ = state_.epochs;
  since_save_ = Stopwatch();
  room_.log.write("checkpoint", {{"epoch", state_.epochs}, {"folder", saved.filename().string()}});
  remove_old_checkpoints(room_.checkpoints, room_.config.checkpoint.keep_last, room_.config.checkpoint.keep_best);
}

void TrainingLoop::stop_if_asked() {
  if (room_.stop == nullptr) return;
  room_.stop->set_saves_first(state_.epochs > 0);
  if (!room_.stop->requested()) return;
  if (state_.epochs > 0 && saved_epochs_ != state_.epochs) save();
  fail(ErrorKind::preempted, "stopped after {} of {} epochs, the state is saved in {}; the same command goes on",
       state_.epochs, room_.model.epochs(), room_.checkpoints.string());
}

}  // namespace kindred
