// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/dataset_manifest.h"

#include "kernels/core/check.h"

#include <xxhash.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace kindred {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kOwnChecksum = "manifest_xxh3";

std::string hex64(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::uint64_t from_hex64(const std::string& text) {
  std::size_t used = 0;
  const std::uint64_t value = text.size() == 16 ? std::stoull(text, &used, 16) : 0;
  if (used != 16) throw std::invalid_argument("checksum '" + text + "' is not 16 hexadecimal digits");
  return value;
}

// Checksum of the manifest without its own checksum.
std::string own_checksum(const json& manifest) {
  const std::string text = manifest.dump();
  return hex64(XXH3_64bits(text.data(), text.size()));
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(ErrorKind::data, "{}: cannot be opened; expected the manifest of a prepared dataset", path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ManifestPart part_from(const json& node) { return {node.at("present").get<bool>(), node.at("fold_in").get<bool>()}; }

DatasetManifest from_json(json root) {
  if (root.at("format").get<std::string>() != kDatasetFormatName) {
    throw std::invalid_argument("it describes '" + root.at("format").get<std::string>() + "'");
  }
  const int version = root.at("format_version").get<int>();
  if (version != kDatasetFormatVersion) {
    throw std::invalid_argument(fmt::format("it has format version {}, this program reads version {}; prepare again",
                                            version, kDatasetFormatVersion));
  }
  const std::string stored = root.at(kOwnChecksum).get<std::string>();
  root.erase(kOwnChecksum);
  if (stored != own_checksum(root)) throw std::invalid_argument("its checksum does not match: it was changed");

  DatasetManifest manifest;
  manifest.fingerprint = root.at("fingerprint").get<std::string>();
  manifest.num_users = root.at("num_users").get<std::int64_t>();
  manifest.num_items = root.at("num_items").get<std::int64_t>();
  manifest.integer_users = root.at("integer_users").get<bool>();
  manifest.integer_items = root.at("integer_items").get<bool>();
  manifest.validation = part_from(root.at("validation"));
  manifest.test = part_from(root.at("test"));
  manifest.config_json = root.at("config").dump();
  manifest.source_json = root.at("source").dump();
  for (const json& node : root.at("files")) {
    ManifestFile file;
    file.name = node.at("name").get<std::string>();
    file.dtype = node.at("dtype").get<std::string>();
    file.count = node.at("count").get<std::int64_t>();
    file.bytes = node.at("bytes").get<std::int64_t>();
    file.xxh3 = from_hex64(node.at("xxh3").get<std::string>());
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace

std::string DatasetManifest::to_json() const {
  json root;
  root["format"] = kDatasetFormatName;
  root["format_version"] = kDatasetFormatVersion;
  root["byte_order"] = "little";
  root["fingerprint"] = fingerprint;
  root["num_users"] = num_users;
  root["num_items"] = num_items;
  root["integer_users"] = integer_users;
  root["integer_items"] = integer_items;
  root["validation"] = {{"present", validation.present}, {"fold_in", validation.fold_in}};
  root["test"] = {{"present", test.present}, {"fold_in", test.fold_in}};
  root["config"] = json::parse(config_json);
  root["source"] = json::parse(source_json);
  root["files"] = json::array();
  for (const ManifestFile& file : files) {
    root["files"].push_back({{"name", file.name},
                             {"dtype", file.dtype},
                             {"count", file.count},
                             {"bytes", file.bytes},
                             {"xxh3", hex64(file.xxh3)}});
  }
  root[kOwnChecksum] = own_checksum(root);
  return root.dump(2) + "\n";
}

DatasetManifest DatasetManifest::read(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  if (!fs::is_directory(folder)) {
    fail(ErrorKind::data, "{}: no such folder; expected a prepared dataset", folder.string());
  }
  const std::string text = read_text(path);
  try {
    return from_json(json::parse(text));
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: not a valid manifest of a prepared dataset: {}", path.string(), error.what());
  }
}

const ManifestFile* DatasetManifest::find(std::string_view name) const {
  for (const ManifestFile& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

}  // namespace kindred
