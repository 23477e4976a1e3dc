// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/trainer.h"

#include "trainer/data/prepare.h"
#include "trainer/data/synced_file.h"
#include "trainer/train/checkpoint.h"
#include "trainer/train/early_stopping.h"
#include "trainer/train/environment.h"
#include "trainer/train/evaluate_model.h"
#include "trainer/train/logged_progress.h"
#include "trainer/train/metrics_log.h"
#include "trainer/train/run_device.h"
#include "trainer/train/stopwatch.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

// An objective that is not finite, or far above the first, is a run that went wrong: stop and say where.
void check_objective(double value, double first, std::int64_t epoch) {
  constexpr double kExploded = 1e3;
  if (std::isfinite(value) && value <= kExploded * std::abs(first)) return;
  fail(ErrorKind::divergence, "epoch {}: the objective is {} (it began at {:.6g}); look at model.regularization", epoch,
       value, first);
}

struct EpochLoop {
  std::int64_t epochs = 0;
  bool stopped_early = false;
  std::optional<double> objective;
  double train_s = 0.0;
  double validation_s = 0.0;
};

EpochLoop run_epochs(const Context& ctx, const Config& config, const Dataset& data, Model& model, MetricsLog& log,
                     Progress& progress) {
  EpochLoop loop;
  EarlyStopping stopping(config.early_stopping);
  std::optional<double> first_objective;
  progress.begin(fmt::format("training {}", model.type()), model.epochs(), "epochs");
  for (std::int64_t epoch = 0; epoch < model.epochs() && !loop.stopped_early; ++epoch) {
    const Stopwatch watch;
    model.train_epoch(ctx, epoch);
    ctx.synchronize();
    loop.train_s += watch.seconds();
    loop.epochs = epoch + 1;
    Json line = {{"epoch", loop.epochs}, {"elapsed_s", loop.train_s}};
    loop.objective = model.objective(ctx);
    if (loop.objective) {
      if (!first_objective) first_objective = loop.objective;
      check_objective(*loop.objective, *first_objective, loop.epochs);
      line["objective"] = *loop.objective;
    }
    log.write("epoch", line);
    progress.update(loop.epochs, loop.objective ? fmt::format("objective {:.6g}", *loop.objective) : std::string());

    const bool validate = config.evaluation.every > 0 && loop.epochs % config.evaluation.every == 0;
    if (validate && data.validation().present) {
      const Stopwatch validation_watch;
      NoProgress silent;
      const EvaluationResult result = evaluate_model(ctx, config, data, data.validation(), model, false, silent);
      loop.validation_s += validation_watch.seconds();
      log.write("evaluation", {{"epoch", loop.epochs}, {"part", "validation"}, {"metrics", result.metrics_json()}});
      if (stopping.enabled())
        loop.stopped_early = stopping.observe(ctx, result.value(stopping.metric()), loop.epochs, model);
    }
  }
  const bool restored = stopping.enabled() && stopping.best_epochs() > 0;
  if (restored) {
    stopping.restore_best(ctx, model);
    loop.epochs = stopping.best_epochs();
  }
  const Stopwatch finish_watch;
  model.finish_training(ctx);
  ctx.synchronize();
  loop.train_s += finish_watch.seconds();
  loop.objective = model.objective(ctx);
  if (restored) {
    progress.end(fmt::format("best after {} epochs: {} {:.4f}", loop.epochs, stopping.metric(), stopping.best_value()));
  } else {
    progress.end(loop.objective ? fmt::format("objective {:.6g}", *loop.objective) : std::string());
  }
  return loop;
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

}  // namespace

RunFolder train(const LoadedConfig& loaded, Progress& outer_progress) {
  const Stopwatch total;
  const Config& config = loaded.config;
  const RunDevice device = choose_device(config);
  const Context& ctx = device.ctx;
  outer_progress.say(fmt::format("device: {}", device.description));
  const Stopwatch prepare_watch;
  const PreparedDataset prepared = prepare(config, ctx.pool(), outer_progress);
  const double prepare_s = prepare_watch.seconds();
  const auto data = Dataset::open(prepared.folder);

  const std::unique_ptr<Model> model = make_model(ctx, config.model, data);
  const std::uint64_t hash = config_hash(config);
  const RunFolder folder = RunFolder::create(config.run.output, config.run.name, hash);
  replace_file(folder.config(), resolved_yaml(loaded));
  replace_file(folder.environment(), environment(ctx).dump(2) + "\n");
  LoggedProgress progress(outer_progress, folder.log());
  progress.say(fmt::format("run folder: {}", folder.path().string()));
  MetricsLog log(folder.metrics());
  log.write("start", {{"model", model->type()}, {"device", ctx.device().name()}, {"threads", ctx.threads()}});

  const EpochLoop loop = run_epochs(ctx, config, *data, *model, log, progress);
  const auto checkpoint = save_checkpoint(ctx, folder.checkpoints(), loop.epochs, *model,
                                          {.model = std::string(model->type()),
                                           .config_hash = fmt::format("{:016x}", hash),
                                           .data_fingerprint = data->fingerprint()});
  log.write("checkpoint", {{"epoch", loop.epochs}, {"folder", checkpoint.filename().string()}});

  const Stopwatch evaluate_watch;
  Json result = {{"status", "completed"},   {"model", model->type()}, {"run", folder.path().string()},
                 {"seed", config.run.seed}, {"epochs", loop.epochs},  {"stopped_early", loop.stopped_early}};
  if (loop.objective) result["objective"] = *loop.objective;
  for (const auto& [name, part] : {std::pair{"validation", &data->validation()}, std::pair{"test", &data->test()}}) {
    if (!part->present) continue;
    const PartEvaluation evaluation =
        evaluate_with_baselines(ctx, config, data, *part, *model, {}, config.evaluation.trec, progress);
    add_to_result(result, name, evaluation);
    if (config.evaluation.trec)
      write_trec_files(folder.path() / "trec", name, *part, evaluation.model, *data, config.run.name);
    log.write("evaluation", {{"epoch", loop.epochs}, {"part", name}, {"metrics", result["metrics"][name]}});
  }
  const double evaluate_s = evaluate_watch.seconds();
  result["timing_s"] = {{"prepare", prepare_s},   {"prepared_from_cache", prepared.from_cache},
                        {"train", loop.train_s},  {"validation", loop.validation_s},
                        {"evaluate", evaluate_s}, {"total", total.seconds()}};
  const double interactions = static_cast<double>(data->train().nnz()) * static_cast<double>(loop.epochs);
  result["throughput"] = {{"interactions_per_s", loop.train_s > 0.0 ? interactions / loop.train_s : 0.0}};
  result["memory"] = memory_json(ctx);
  result["data"] = data_json(*data);
  replace_file(folder.result(), result.dump(2) + "\n");
  log.write("end", {{"status", "completed"}, {"total_s", total.seconds()}});
  return folder;
}

}  // namespace kindred
