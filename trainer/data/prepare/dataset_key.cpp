// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/dataset_key.h"

#include "trainer/data/dataset_manifest.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace kindred {

using nlohmann::json;

namespace {

template <typename T>
json optional_node(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json data_node(const DataConfig& data, const std::string& key_fingerprint) {
  const ConfidenceConfig& confidence = data.confidence;
  const FilterConfig& filter = data.filter;
  return {
      {"format", static_cast<int>(data.format)},
      {"separator", data.separator},
      {"header", optional_node(data.header)},
      {"columns",
       {{"user", data.columns.user},
        {"item", data.columns.item},
        {"weight", data.columns.weight},
        {"timestamp", data.columns.timestamp},
        {"event", data.columns.event},
        {"session", data.columns.session}}},
      {"timestamp_unit", static_cast<int>(data.timestamp_unit)},
      {"event_weights", data.event_weights},
      {"binarize", data.binarize},
      {"duplicates", static_cast<int>(data.duplicates)},
      {"confidence",
       {{"alpha", confidence.alpha},
        {"transform", static_cast<int>(confidence.transform)},
        {"epsilon", confidence.epsilon},
        {"add_one", confidence.add_one},
        {"half_life_days", optional_node(confidence.half_life_days)},
        {"negative_below", optional_node(confidence.negative_below)}}},
      {"filter",
       {{"min_weight", optional_node(filter.min_weight)},
        {"min_user_events", filter.min_user_events},
        {"min_item_events", filter.min_item_events},
        {"k_core", filter.k_core},
        {"max_user_events", optional_node(filter.max_user_events)},
        {"time_from", filter.time_from},
        {"time_to", filter.time_to},
        {"events", filter.events}}},
      {"max_bad_rows", data.max_bad_rows},
      {"pseudonymize", key_fingerprint.empty() ? json(nullptr) : json{{"key_fingerprint", key_fingerprint}}},
  };
}

json split_node(const SplitConfig& split) {
  return {
      {"protocol", static_cast<int>(split.protocol)},
      {"test_ratio", split.test_ratio},
      {"validation_ratio", split.validation_ratio},
      {"test_users", split.test_users},
      {"validation_users", split.validation_users},
      {"fold_in_ratio", split.fold_in_ratio},
      {"test_time", split.test_time},
      {"validation_time", split.validation_time},
      {"targets", static_cast<int>(split.targets)},
      {"seed", split.seed},
  };
}

json source_node(const SourceFingerprint& source) {
  if (source.hex.empty()) return nullptr;
  json files = json::array();
  for (const SourceFile& file : source.files) {
    const std::string name =
        file.relative_path.empty() ? std::filesystem::path(file.path).filename().string() : file.relative_path;
    files.push_back({{"name", name}, {"bytes", file.bytes}, {"xxh3", fmt::format("{:016x}", file.hash)}});
  }
  return {{"fingerprint", source.hex}, {"files", files}};
}

}  // namespace

std::string dataset_config_json(const DataConfig& data, const SplitConfig& split, const std::string& key_fingerprint) {
  return json{{"data", data_node(data, key_fingerprint)}, {"split", split_node(split)}}.dump();
}

std::string dataset_sources_json(const DatasetSources& sources) {
  return json{{"data", source_node(sources.data)},
              {"validation", source_node(sources.validation)},
              {"test", source_node(sources.test)}}
      .dump();
}

std::string dataset_fingerprint(const DatasetSources& sources, const std::string& config_json) {
  const std::string text = fmt::format("{} {}\n{}\n{}\n{}\n{}", kDatasetFormatName, kDatasetFormatVersion,
                                       sources.data.hex, sources.validation.hex, sources.test.hex, config_json);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace kindred
