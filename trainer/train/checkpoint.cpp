// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/checkpoint.h"

#include "kernels/core/check.h"
#include "kernels/core/host_exchange.h"
#include "kernels/core/version.h"
#include "trainer/data/durable_folder.h"
#include "trainer/data/file_reading.h"
#include "trainer/train/checkpoint_manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace kindred {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kMetricsLog = "metrics.jsonl";
constexpr const char* kBestPrefix = "best.";

std::string array_file(const std::string& parameter) { return parameter + ".bin"; }

Json write_file(const DurableFolder& folder, const std::string& file, std::span<const std::byte> bytes) {
  folder.write(file, {bytes});
  return {{"file", file}, {"bytes", bytes.size()}, {"chunks", chunk_checksums(bytes)}};
}

Json write_array(const DurableFolder& folder, const NamedParameter& parameter, std::span<const std::byte> bytes) {
  Json entry = {{"name", parameter.name}, {"dtype", parameter.dtype}, {"shape", parameter.shape}};
  entry.update(write_file(folder, array_file(parameter.name), bytes));
  return entry;
}

[[noreturn]] void damaged(const fs::path& file, const std::string& what) {
  fail(ErrorKind::data, "{}: {}", file.string(), what);
}

void read_verified(const fs::path& file, const Json& entry, std::span<std::byte> into) {
  read_exactly(file, into);
  const auto found = chunk_checksums(into);
  const auto expected = entry.at("chunks").get<std::vector<std::string>>();
  if (expected.size() != found.size()) damaged(file, "has another number of chunks than the manifest lists");
  for (std::size_t chunk = 0; chunk < found.size(); ++chunk) {
    if (found[chunk] != expected[chunk]) {
      damaged(file, fmt::format("chunk {} (bytes from {}) does not match its checksum", chunk,
                                static_cast<std::int64_t>(chunk) * kChunkBytes));
    }
  }
}

const Json& entry_of(const fs::path& folder, const Json& manifest, const NamedParameter& parameter) {
  const Json& entries = manifest.at("parameters");
  const auto entry =
      std::find_if(entries.begin(), entries.end(), [&](const Json& e) { return e.at("name") == parameter.name; });
  const fs::path file = folder / array_file(parameter.name);
  if (entry == entries.end()) damaged(file, "is not in the manifest");
  if (entry->at("shape").get<std::vector<std::int64_t>>() != parameter.shape || entry->at("dtype") != parameter.dtype) {
    damaged(file, fmt::format("is {} {}, the model expects {} [{}]", entry->at("dtype").dump(),
                              entry->at("shape").dump(), parameter.dtype, fmt::join(parameter.shape, ", ")));
  }
  return *entry;
}

NamedParameter best_of(NamedParameter parameter) {
  parameter.name = kBestPrefix + parameter.name;
  return parameter;
}

TrainingState restore(const Context& ctx, const fs::path& folder, const Json& manifest, Model& model) {
  TrainingState state = state_from_json(manifest.at("training"));
  for (const NamedParameter& parameter : model.parameters()) {
    const Json& entry = entry_of(folder, manifest, parameter);
    const DeviceOverwrite array(ctx, parameter.data, parameter.bytes());
    read_verified(folder / array_file(parameter.name), entry,
                  {static_cast<std::byte*>(array.data()), static_cast<std::size_t>(parameter.bytes())});
    array.store(ctx);
    if (!state.early_stopping.best_value || state.trained) continue;
    const NamedParameter best = best_of(parameter);
    std::vector<char> bytes(static_cast<std::size_t>(best.bytes()));
    read_verified(folder / array_file(best.name), entry_of(folder, manifest, best),
                  std::as_writable_bytes(std::span(bytes)));
    state.early_stopping.best_parameters.push_back(std::move(bytes));
  }
  const Json& log = manifest.at("metrics_log");
  const fs::path log_file = folder / kMetricsLog;
  std::error_code error;
  if (fs::file_size(log_file, error) != log.at("bytes").get<std::uintmax_t>() || error) {
    damaged(log_file, fmt::format("is missing or has not the {} bytes of the manifest", log.at("bytes").dump()));
  }
  state.metrics_log.resize(log.at("bytes").get<std::size_t>());
  read_verified(log_file, log, std::as_writable_bytes(std::span(state.metrics_log)));
  return state;
}

void check_identity(const fs::path& folder, const Json& manifest, const CheckpointIdentity& identity) {
  const auto check = [&](const char* key, const std::string& expected, const char* what) {
    const std::string found = manifest.value(key, "");
    if (found != expected) {
      fail(ErrorKind::data, "{}: was trained {} {}, this run has {}", folder.string(), what, found, expected);
    }
  };
  check("model", identity.model, "as a model of type");
  check("data_fingerprint", identity.data_fingerprint, "on the prepared data");
}

}  // namespace

fs::path save_checkpoint(const Context& ctx, const fs::path& checkpoints, Model& model, const TrainingState& state,
                         const CheckpointIdentity& identity) {
  const fs::path target = checkpoints / checkpoint_name(state);
  DurableFolder folder(target);
  const std::vector<NamedParameter> parameters = model.parameters();
  Json entries = Json::array();
  for (const NamedParameter& parameter : parameters) {
    const std::int64_t bytes = parameter.bytes();
    const HostCopy<char, 1> array(ctx, {static_cast<const char*>(parameter.data), {bytes}});
    entries.push_back(write_array(folder, parameter, bytes_of(array.view().data(), bytes)));
  }
  if (!state.trained) {
    for (std::size_t i = 0; i < state.early_stopping.best_parameters.size(); ++i) {
      entries.push_back(write_array(folder, best_of(parameters[i]),
                                    std::as_bytes(std::span(state.early_stopping.best_parameters[i]))));
    }
  }
  const Json manifest = {{"format", "kindred checkpoint"},
                         {"format_version", kCheckpointVersion},
                         {"kindred", KINDRED_VERSION},
                         {"step", state.epochs},
                         {"model", identity.model},
                         {"config_hash", identity.config_hash},
                         {"data_fingerprint", identity.data_fingerprint},
                         {"chunk_bytes", kChunkBytes},
                         {"training", state_to_json(state)},
                         {"parameters", entries},
                         {"metrics_log", write_file(folder, kMetricsLog, bytes_of(state.metrics_log))}};
  folder.write(kCheckpointManifest, {bytes_of(manifest_text(manifest))});
  if (fs::exists(target)) remove_folder(target);
  if (!folder.commit()) fail(ErrorKind::device, "{}: another process has just written it", target.string());
  return target;
}

std::optional<TrainingState> load_newest_checkpoint(const Context& ctx, const fs::path& checkpoints, Model& model,
                                                    const CheckpointIdentity& identity, const Warn& warn) {
  for (const fs::path& folder : committed_checkpoints(checkpoints)) {
    std::optional<Json> manifest;
    try {
      manifest = read_checkpoint_manifest(folder / kCheckpointManifest);
    } catch (const Error& error) {
      warn(fmt::format("damaged checkpoint passed over: {}", error.what()));
      continue;
    }
    check_identity(folder, *manifest, identity);
    try {
      return restore(ctx, folder, *manifest, model);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      warn(fmt::format("damaged checkpoint passed over: {}", error.what()));
    } catch (const Json::exception& error) {
      warn(fmt::format("damaged checkpoint passed over: {}: {}", folder.string(), error.what()));
    }
  }
  return std::nullopt;
}

TrainingState load_trained_model(const Context& ctx, const fs::path& checkpoints, Model& model,
                                 const CheckpointIdentity& identity) {
  const fs::path folder = checkpoints / kTrainedName;
  const fs::path run = checkpoints.parent_path();
  if (!fs::exists(folder)) {
    fail(ErrorKind::data,
         "{}: is missing: the run was not trained to its end; continue with `kindred train {} --resume {}`",
         folder.string(), (run / "config.yaml").string(), run.string());
  }
  const auto or_hint = [&](auto&& read) {
    try {
      return read();
    } catch (const std::exception& error) {
      const auto* known = dynamic_cast<const Error*>(&error);
      if (known != nullptr && known->kind() != ErrorKind::data) throw;
      fail(ErrorKind::data,
           "{}; `kindred train {} --resume {}` makes the same model again from the last good checkpoint", error.what(),
           (run / "config.yaml").string(), run.string());
    }
  };
  const Json manifest = or_hint([&] { return read_checkpoint_manifest(folder / kCheckpointManifest); });
  check_identity(folder, manifest, identity);
  return or_hint([&] { return restore(ctx, folder, manifest, model); });
}

void remove_old_checkpoints(const fs::path& checkpoints, std::int64_t keep_last, std::int64_t keep_best) {
  const std::vector<fs::path> folders = committed_checkpoints(checkpoints);
  std::vector<std::pair<double, fs::path>> measured;
  std::set<fs::path> kept;
  for (const fs::path& folder : folders) {
    try {
      const TrainingState state =
          state_from_json(read_checkpoint_manifest(folder / kCheckpointManifest).at("training"));
      if (static_cast<std::int64_t>(kept.size()) < keep_last) kept.insert(folder);
      if (state.validation && !state.trained) measured.emplace_back(*state.validation, folder);
    } catch (const std::exception&) {
      // Damaged: it is of no use, and goes when a good one is newer.
      if (kept.empty()) kept.insert(folder);
    }
  }
  // Of equal values the older one is the best.
  std::sort(measured.begin(), measured.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (std::size_t i = 0; i < measured.size() && static_cast<std::int64_t>(i) < keep_best; ++i) {
    kept.insert(measured[i].second);
  }
  for (const fs::path& folder : folders) {
    if (!kept.contains(folder)) remove_folder(folder);
  }
}

}  // namespace kindred
