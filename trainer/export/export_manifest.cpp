// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/export_manifest.h"

#include "kernels/core/check.h"
#include "trainer/export/file_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::int64_t kMostRows = INT32_MAX;
constexpr std::int64_t kMostWidth = 16384;

double share_of_largest(const IndexShape& shape) {
  return shape.items > 0 ? static_cast<double>(shape.largest_list) / static_cast<double>(shape.items) : 0.0;
}

// One value after the other, each with its key in the message when it is not what was expected.
class Reader {
 public:
  Reader(std::string file, const Json& json) : file_(std::move(file)), json_(json) {}

  const Json& at(const std::string& pointer) const {
    const Json::json_pointer place(pointer);
    if (!json_.contains(place)) refuse(pointer, "is missing");
    return json_.at(place);
  }
  std::int64_t integer(const std::string& pointer, std::int64_t least, std::int64_t most) const {
    const Json& value = at(pointer);
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) ||
        value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
      refuse(pointer, fmt::format("is {}; expected an integer from {} to {}", shown(value), least, most));
    }
    return value.get<std::int64_t>();
  }
  double share(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_number() || !(value.get<double>() >= 0.0 && value.get<double>() <= 1.0 + 1e-9)) {
      refuse(pointer, fmt::format("is {}; expected a number from 0 to 1", shown(value)));
    }
    return value.get<double>();
  }
  std::string text(const std::string& pointer) const {
    const Json& value = at(pointer);
    if (!value.is_string()) refuse(pointer, fmt::format("is {}; expected text", shown(value)));
    return value.get<std::string>();
  }
  [[noreturn]] void refuse(const std::string& pointer, const std::string& what) const {
    fail(ErrorKind::data, "{}: {}: {}", file_, pointer.substr(1), what);
  }

 private:
  static std::string shown(const Json& value) {
    constexpr std::size_t kShown = 80;
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
  }
  std::string file_;
  const Json& json_;
};

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

ExportedFile read_file_entry(const Reader& reader, std::size_t number) {
  const std::string at = fmt::format("/files/{}", number);
  ExportedFile file;
  file.name = reader.text(at + "/name");
  if (!is_plain_name(file.name)) {
    reader.refuse(at + "/name", "leads out of the folder or is no plain name; expected letters, digits and . _ -");
  }
  file.bytes = reader.integer(at + "/bytes", 0, INT64_MAX);
  file.sha256 = reader.text(at + "/sha256");
  if (!is_sha256(file.sha256)) reader.refuse(at + "/sha256", "is no SHA-256; expected 64 hexadecimal digits");
  const Json& entry = reader.at(at);
  if (entry.contains("dtype")) file.dtype = reader.text(at + "/dtype");
  if (entry.contains("shape")) {
    const Json& shape = entry["shape"];
    if (!shape.is_array() || shape.empty() || shape.size() > 2) {
      reader.refuse(at + "/shape", "expected one or two integers");
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      file.shape.push_back(reader.integer(fmt::format("{}/shape/{}", at, axis), 0, INT64_MAX / kMostWidth / 8));
    }
  }
  return file;
}

}  // namespace

Json files_json(const std::vector<ExportedFile>& files) {
  Json list = Json::array();
  for (const ExportedFile& file : files) {
    Json entry = {{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}};
    if (!file.dtype.empty()) entry["dtype"] = file.dtype;
    if (!file.shape.empty()) entry["shape"] = file.shape;
    list.push_back(entry);
  }
  return list;
}

Json index_json(const CheckedIndex& index, const IndexConfig& config) {
  const IndexShape& shape = index.shape;
  Json json = {{"file", kIndexName},
               {"type", name_of(shape.type)},
               {"requested", name_of(config.type)},
               {"written_by", "faiss " + faiss_version()}};
  if (shape.lists > 0) {
    json["lists"] = shape.lists;
    json["probes"] = shape.effort;
    json["largest_list"] = shape.largest_list;
    json["largest_list_share"] = share_of_largest(shape);
  }
  if (shape.segments > 0) json["segments"] = shape.segments;
  if (shape.links > 0) {
    json["links"] = shape.links;
    json["ef_construction"] = config.ef_construction;
    json["ef_search"] = shape.effort;
  }
  json["attempts"] = Json::array();
  for (const IndexAttempt& attempt : index.attempts) {
    json["attempts"].push_back({{"type", name_of(attempt.type)},
                                {"effort", attempt.effort},
                                {"recall@10", attempt.recall.at_10},
                                {"recall@100", attempt.recall.at_100},
                                {"taken", attempt.taken}});
  }
  return json;
}

Json recall_json(const CheckedIndex& index, const IndexConfig& config, const std::string& from) {
  const Recall& recall = index.attempts.back().recall;
  return {{"queries_file", "check_queries.npy"}, {"queries_from", from},        {"queries", recall.queries},
          {"recall@10", recall.at_10},           {"recall@100", recall.at_100}, {"min_recall", config.min_recall}};
}

std::string index_line(const CheckedIndex& index) {
  const IndexShape& shape = index.shape;
  std::string text(name_of(shape.type));
  if (shape.lists > 0) {
    text += fmt::format(", {} of {} lists a query, largest list {:.2f} % of the items", shape.effort, shape.lists,
                        100.0 * share_of_largest(shape));
  }
  if (shape.links > 0) text += fmt::format(", {} links, {} candidates a query", shape.links, shape.effort);
  const Recall& recall = index.attempts.back().recall;
  return text + fmt::format("; recall@10 {:.4f}, recall@100 {:.4f}; {:.0f} us a query", recall.at_10, recall.at_100,
                            index.speed.latency_us_p50);
}

const ExportedFile* ExportManifest::find(std::string_view name) const {
  const auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

ExportManifest ExportManifest::read(const std::filesystem::path& file) {
  const FileView view(file);
  if (view.bytes().size() > kMostBytes) {
    fail(ErrorKind::data, "{}: has {} bytes; expected at most {}", file.string(), view.bytes().size(), kMostBytes);
  }
  const Json json = Json::parse(view.text(), nullptr, false);
  if (json.is_discarded() || !json.is_object()) fail(ErrorKind::data, "{}: is not JSON", file.string());
  const Reader reader(file.string(), json);
  if (reader.text("/format") != kExportFormat) reader.refuse("/format", fmt::format("expected '{}'", kExportFormat));
  reader.integer("/format_version", kExportFormatVersion, kExportFormatVersion);
  if (reader.text("/metric") != "inner_product") reader.refuse("/metric", "expected inner_product");

  ExportManifest manifest;
  manifest.dim = reader.integer("/dim", 1, kMostWidth);
  manifest.dtype = reader.text("/dtype");
  if (manifest.dtype != "float32" && manifest.dtype != "float16") {
    reader.refuse("/dtype", "expected float32 or float16");
  }
  manifest.users = reader.integer("/users/count", 0, kMostRows);
  manifest.items = reader.integer("/items/count", 1, kMostRows);
  const Json& files = reader.at("/files");
  if (!files.is_array()) reader.refuse("/files", "expected a list");
  std::set<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    manifest.files.push_back(read_file_entry(reader, i));
    if (!names.insert(manifest.files.back().name).second) {
      reader.refuse(fmt::format("/files/{}/name", i), "is named twice");
    }
  }
  if (json.contains("index")) {
    if (reader.text("/index/file") != kIndexName) reader.refuse("/index/file", fmt::format("expected {}", kIndexName));
    manifest.index = Index{.type = reader.text("/index/type"),
                           .min_recall = reader.share("/recall_check/min_recall"),
                           .recall_at_10 = reader.share("/recall_check/recall@10"),
                           .recall_at_100 = reader.share("/recall_check/recall@100"),
                           .queries = reader.integer("/recall_check/queries", 1, kMostRows)};
  }
  return manifest;
}

}  // namespace kindred
