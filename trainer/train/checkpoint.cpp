// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/checkpoint.h"

#include "kernels/core/check.h"
#include "kernels/core/host_exchange.h"
#include "kernels/core/version.h"
#include "trainer/data/durable_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace kindred {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kFormatVersion = 1;
constexpr std::int64_t kChunkBytes = std::int64_t{4} << 20;

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::vector<std::string> chunk_checksums(const void* data, std::int64_t bytes) {
  std::vector<std::string> checksums;
  const char* begin = static_cast<const char*>(data);
  for (std::int64_t offset = 0; offset < bytes; offset += kChunkBytes) {
    checksums.push_back(
        hex(XXH3_64bits(begin + offset, static_cast<std::size_t>(std::min(kChunkBytes, bytes - offset)))));
  }
  return checksums;
}

std::string manifest_checksum(Json manifest) {
  manifest.erase("checksum");
  const std::string text = manifest.dump();
  return hex(XXH3_64bits(text.data(), text.size()));
}

// Thrown by the checks below; the caller goes on to the next older checkpoint.
[[noreturn]] void damaged(const fs::path& file, const std::string& what) {
  fail(ErrorKind::data, "{}: {}", file.string(), what);
}

Json read_manifest(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) damaged(file, "is missing");
  std::stringstream text;
  text << stream.rdbuf();
  Json manifest = Json::parse(text.str(), nullptr, false);
  if (manifest.is_discarded() || !manifest.is_object()) damaged(file, "is not JSON");
  if (manifest.value("checksum", "") != manifest_checksum(manifest)) damaged(file, "does not match its own checksum");
  if (manifest.value("format_version", 0) != kFormatVersion) {
    damaged(file, fmt::format("has format version {}, this binary reads {}", manifest.value("format_version", 0),
                              kFormatVersion));
  }
  return manifest;
}

void read_array(const fs::path& file, const Json& entry, void* data, std::int64_t bytes) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) damaged(file, "is missing");
  std::error_code error;
  const auto size = static_cast<std::int64_t>(fs::file_size(file, error));
  if (error || size != bytes) damaged(file, fmt::format("has {} bytes, expected {}", size, bytes));
  stream.read(static_cast<char*>(data), bytes);
  if (stream.gcount() != bytes) damaged(file, "cannot be read to its end");
  const auto found = chunk_checksums(data, bytes);
  const auto expected = entry.at("chunks").get<std::vector<std::string>>();
  for (std::size_t chunk = 0; chunk < found.size(); ++chunk) {
    if (chunk >= expected.size() || found[chunk] != expected[chunk]) {
      damaged(file, fmt::format("chunk {} (bytes from {}) does not match its checksum", chunk,
                                static_cast<std::int64_t>(chunk) * kChunkBytes));
    }
  }
}

void restore(const Context& ctx, const fs::path& folder, const Json& manifest, Model& model) {
  const Json& entries = manifest.at("parameters");
  for (const NamedParameter& parameter : model.parameters()) {
    const auto entry =
        std::find_if(entries.begin(), entries.end(), [&](const Json& e) { return e.at("name") == parameter.name; });
    const fs::path file = folder / (parameter.name + ".bin");
    if (entry == entries.end()) damaged(file, "is not in the manifest");
    if (entry->at("shape").get<std::vector<std::int64_t>>() != parameter.shape ||
        entry->at("dtype") != parameter.dtype) {
      damaged(file, fmt::format("is {} {}, the model expects {} [{}]", entry->at("dtype").dump(),
                                entry->at("shape").dump(), parameter.dtype, fmt::join(parameter.shape, ", ")));
    }
    const DeviceOverwrite array(ctx, parameter.data, parameter.bytes());
    read_array(file, *entry, array.data(), parameter.bytes());
    array.store(ctx);
  }
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

std::vector<fs::path> committed_newest_first(const fs::path& checkpoints) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("step-", 0) == 0 && name.find(".tmp-") == std::string::npos) found.push_back(entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

}  // namespace

fs::path save_checkpoint(const Context& ctx, const fs::path& checkpoints, std::int64_t step, Model& model,
                         const CheckpointIdentity& identity) {
  const fs::path target = checkpoints / fmt::format("step-{:06}", step);
  DurableFolder folder(target);
  Json parameters = Json::array();
  for (const NamedParameter& parameter : model.parameters()) {
    const std::int64_t bytes = parameter.bytes();
    const HostCopy<char, 1> array(ctx, {static_cast<const char*>(parameter.data), {bytes}});
    folder.write(parameter.name + ".bin", {bytes_of(array.view().data(), bytes)});
    parameters.push_back({{"name", parameter.name},
                          {"dtype", parameter.dtype},
                          {"shape", parameter.shape},
                          {"bytes", bytes},
                          {"chunks", chunk_checksums(array.view().data(), bytes)}});
  }
  Json manifest = {{"format", "kindred checkpoint"},
                   {"format_version", kFormatVersion},
                   {"kindred", KINDRED_VERSION},
                   {"step", step},
                   {"model", identity.model},
                   {"config_hash", identity.config_hash},
                   {"data_fingerprint", identity.data_fingerprint},
                   {"chunk_bytes", kChunkBytes},
                   {"parameters", parameters}};
  manifest["checksum"] = manifest_checksum(manifest);
  const std::string text = manifest.dump(2) + "\n";
  folder.write("MANIFEST.json", {bytes_of(text)});
  if (!folder.commit()) fail(ErrorKind::device, "{}: exists already", target.string());
  return target;
}

std::int64_t load_newest_checkpoint(const Context& ctx, const fs::path& checkpoints, Model& model,
                                    const CheckpointIdentity& identity,
                                    const std::function<void(std::string_view)>& warn) {
  std::string damage;
  for (const fs::path& folder : committed_newest_first(checkpoints)) {
    Json manifest;
    try {
      manifest = read_manifest(folder / "MANIFEST.json");
    } catch (const Error& error) {
      damage += fmt::format("\n  {}", error.what());
      warn(fmt::format("damaged checkpoint passed over: {}", error.what()));
      continue;
    }
    check_identity(folder, manifest, identity);
    try {
      restore(ctx, folder, manifest, model);
      return manifest.at("step").get<std::int64_t>();
    } catch (const Error& error) {
      damage += fmt::format("\n  {}", error.what());
      warn(fmt::format("damaged checkpoint passed over: {}", error.what()));
    }
  }
  fail(ErrorKind::data, "{}: no checkpoint that can be used{}{}", checkpoints.string(),
       damage.empty() ? " (the run has not saved one yet)" : ":", damage);
}

}  // namespace kindred
