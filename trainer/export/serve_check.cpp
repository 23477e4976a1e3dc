// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/serve_check.h"

#include "kernels/core/check.h"
#include "trainer/export/array_files.h"
#include "trainer/export/checked_index.h"
#include "trainer/export/export_arrays.h"
#include "trainer/export/export_manifest.h"
#include "trainer/export/id_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace kindred {

namespace fs = std::filesystem;

namespace {

// Two searches of one index may differ by the order in which their processors add.
constexpr double kRecallTolerance = 0.005;

class ServeChecker {
 public:
  ServeChecker(const Context& ctx, fs::path folder)
      : ctx_(ctx), folder_(std::move(folder)), arrays_(folder_, manifest_) {}

  ServeReport run() {
    if (!check("manifest", [&] { return read_manifest(); })) return report_;
    const bool whole = check("checksums", [&] { return sums(); });
    if (!check("names", [&] { return names(); }) || !whole) return report_;
    check("users", [&] { return vectors_of("users", manifest_.users); });
    const bool items = check("items", [&] { return vectors_of("items", manifest_.items); });
    check("user ids", [&] { return user_ids(); });
    check("item ids", [&] { return item_ids(); });
    check("seen items", [&] { return seen_items(); });
    if (manifest_.index && items) check("index", [&] { return index(); });
    return report_;
  }

 private:
  // Runs one check, which returns what it saw; an Error(data) is a finding, all others end the whole.
  bool check(const std::string& name, const std::function<std::string()>& body) {
    try {
      report_.findings.push_back({name, true, body()});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      report_.findings.push_back({name, false, error.what()});
    }
    return report_.findings.back().good;
  }

  std::string read_manifest() {
    manifest_ = ExportManifest::read(folder_ / kExportManifestName);
    return fmt::format("{} users, {} items, {} long", manifest_.users, manifest_.items, manifest_.dim);
  }

  std::string sums() const {
    std::vector<ExportedFile> found;
    std::string wrong;
    std::int64_t bytes = 0;
    for (const ExportedFile& file : manifest_.files) {
      const FileView view(folder_ / file.name);
      const auto size = static_cast<std::int64_t>(view.bytes().size());
      found.push_back({file.name, size, sha256_hex(view.bytes()), {}, {}});
      bytes += size;
      if (size != file.bytes) {
        wrong += fmt::format("\n{}: has {} bytes; the manifest says {}", file.name, size, file.bytes);
      } else if (found.back().sha256 != file.sha256) {
        wrong += fmt::format("\n{}: has another SHA-256 than the manifest says: it was damaged or changed", file.name);
      }
    }
    const FileView manifest(folder_ / kExportManifestName);
    found.push_back({std::string(kExportManifestName), 0, sha256_hex(manifest.bytes()), {}, {}});
    if (FileView(folder_ / kSumsName).text() != sha256_sums(found)) {
      wrong += fmt::format("\n{}: is not the list of the files' sums: it, {} or a file was damaged or changed",
                           kSumsName, kExportManifestName);
    }
    if (!wrong.empty()) fail(ErrorKind::data, "{}{}", folder_.string(), wrong);
    return fmt::format("{} files, {:.1f} MB, every SHA-256 is right", found.size(), static_cast<double>(bytes) / 1e6);
  }

  // Nothing is there that nobody vouches for.
  std::string names() const {
    std::set<std::string> known{std::string(kExportManifestName), std::string(kSumsName)};
    for (const ExportedFile& file : manifest_.files) known.insert(file.name);
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (!known.contains(name)) {
        fail(ErrorKind::data, "{}: is not in the manifest; expected no other files", entry.path().string());
      }
    }
    for (const char* name : {"user_ids.tsv", "item_ids.tsv", "popularity.npy"}) require(name);
    if (manifest_.index) {
      for (const char* name : {"items.faiss", "check_queries.npy"}) require(name);
    }
    return fmt::format("{} names, no other files", known.size());
  }

  void require(std::string_view name) const {
    if (!arrays_.has(name)) fail(ErrorKind::data, "{}: is not in the manifest", (folder_ / name).string());
  }

  std::string vectors_of(const std::string& what, std::int64_t rows) {
    std::string formats;
    std::vector<float> first;
    for (const char* ending : {".parquet", ".npy", ".safetensors"}) {
      const std::string name = what + ending;
      if (!arrays_.has(name)) continue;
      std::vector<float> values = arrays_.vectors(name, rows, manifest_.dtype);
      if (!formats.empty()) same(name, first, values, arrays_.has(what + ".parquet"));
      if (formats.empty()) first = std::move(values);
      formats += (formats.empty() ? "" : ", ") + name;
    }
    if (formats.empty()) fail(ErrorKind::data, "{}: has no vectors of {}", folder_.string(), what);
    if (what == "items") items_ = std::move(first);
    return fmt::format("[{}, {}] in {}: all finite and equal", rows, manifest_.dim, formats);
  }

  // Parquet has float32 where the others may have float16.
  void same(const std::string& name, const std::vector<float>& first, const std::vector<float>& other,
            bool first_is_table) const {
    const bool rounded = first_is_table && manifest_.dtype == "float16";
    for (std::size_t i = 0; i < first.size(); ++i) {
      const float expected = rounded ? from_float16(to_float16(first[i])) : first[i];
      if (other[i] != expected) {
        fail(ErrorKind::data, "{}: row {} differs from the other files of these vectors", (folder_ / name).string(),
             static_cast<std::int64_t>(i) / manifest_.dim);
      }
    }
  }

  std::string user_ids() const {
    const auto ids = arrays_.ids("user_ids.tsv", kUserIdsHeader, manifest_.users);
    if (arrays_.has("users.parquet")) arrays_.same_ids("users.parquet", "embedding", ids);
    if (arrays_.has("seen.parquet")) arrays_.same_ids("seen.parquet", "items", ids);
    return fmt::format("{}, all different", ids.size());
  }

  std::string item_ids() const {
    std::vector<std::int64_t> events;
    const auto ids = arrays_.ids("item_ids.tsv", kItemIdsHeader, manifest_.items, &events);
    if (arrays_.has("items.parquet")) arrays_.same_ids("items.parquet", "embedding", ids);
    if (arrays_.int64s("popularity.npy", manifest_.items) != events) {
      fail(ErrorKind::data, "{}: differs from item_ids.tsv", (folder_ / "popularity.npy").string());
    }
    return fmt::format("{}, all different", ids.size());
  }

  std::string seen_items() const {
    std::vector<std::int64_t> offsets;
    std::vector<std::int32_t> items;
    const bool arrays = arrays_.has("seen_offsets.npy");
    const bool table = arrays_.has("seen.parquet");
    if (!arrays && !table) return "not exported";
    if (table) arrays_.seen_table("seen.parquet", manifest_.users, offsets, items);
    if (arrays) {
      const auto array_offsets = arrays_.int64s("seen_offsets.npy", manifest_.users + 1);
      const auto array_items = arrays_.int32s("seen_items.npy");
      if (table && (array_offsets != offsets || array_items != items)) {
        fail(ErrorKind::data, "{}: differs from the .npy files", (folder_ / "seen.parquet").string());
      }
      offsets = array_offsets;
      items = array_items;
    }
    check_rows(offsets, items);
    return fmt::format("{} of {} users", items.size(), manifest_.users);
  }

  void check_rows(const std::vector<std::int64_t>& offsets, const std::vector<std::int32_t>& items) const {
    const auto refuse = [&](std::size_t row) {
      fail(ErrorKind::data, "{}: the seen items of user row {} are out of range or order", folder_.string(), row);
    };
    const auto total = static_cast<std::int64_t>(items.size());
    if (offsets.front() != 0 || offsets.back() != total) refuse(0);
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
      if (offsets[row + 1] < offsets[row] || offsets[row + 1] > total) refuse(row);
      for (std::int64_t e = offsets[row]; e < offsets[row + 1]; ++e) {
        const std::int32_t item = items[static_cast<std::size_t>(e)];
        const bool ascends = e == offsets[row] || item > items[static_cast<std::size_t>(e - 1)];
        if (item < 0 || item >= manifest_.items || !ascends) refuse(row);
      }
    }
  }

  std::string index() const {
    const ExportManifest::Index& said = *manifest_.index;
    const fs::path file = folder_ / kIndexName;
    const auto index = read_item_index(file);
    const IndexShape shape = index->shape();
    const auto type = kChoices<IndexType>[static_cast<std::size_t>(shape.type)];
    if (shape.items != manifest_.items || shape.dim != manifest_.dim || !shape.inner_product || type != said.type) {
      fail(ErrorKind::data, "{}: is {} of {} items, {} long; the manifest says {} of {}, {} long", file.string(), type,
           shape.items, shape.dim, said.type, manifest_.items, manifest_.dim);
    }
    const ExportedFile* about = manifest_.find("check_queries.npy");
    if (about->shape.size() != 2 || about->shape[0] < 1) fail(ErrorKind::data, "check_queries.npy: has no shape");
    const auto queries = arrays_.vectors("check_queries.npy", about->shape[0], "float32");
    const RecallCheck check(ctx_, {items_.data(), {manifest_.items, manifest_.dim}},
                            {queries.data(), {about->shape[0], manifest_.dim}});
    const Recall recall = said.queries == about->shape[0] ? check.measure(*index) : check.measure(*index, 1, 2);
    const bool as_said = std::abs(recall.at_10 - said.recall_at_10) <= kRecallTolerance &&
                         std::abs(recall.at_100 - said.recall_at_100) <= kRecallTolerance;
    // Exact vectors in half precision move the boundary of the exact lists.
    if (!as_said && manifest_.dtype == "float32") {
      fail(ErrorKind::data, "{}: recall@10 {:.4f}, recall@100 {:.4f}; the manifest says {:.4f} and {:.4f}",
           file.string(), recall.at_10, recall.at_100, said.recall_at_10, said.recall_at_100);
    }
    if (recall.least() < said.min_recall - kRecallTolerance) {
      fail(ErrorKind::data, "{}: recall@10 {:.4f}, recall@100 {:.4f} is below min_recall {}", file.string(),
           recall.at_10, recall.at_100, said.min_recall);
    }
    return fmt::format("{} of {} items; recall@10 {:.4f}, recall@100 {:.4f} over {} users", type, shape.items,
                       recall.at_10, recall.at_100, recall.queries);
  }

  const Context& ctx_;
  fs::path folder_;
  ExportManifest manifest_;
  ExportArrays arrays_;
  std::vector<float> items_;
  ServeReport report_;
};

}  // namespace

bool ServeReport::good() const {
  return std::all_of(findings.begin(), findings.end(), [](const ServeFinding& finding) { return finding.good; });
}

ServeReport serve_check(const Context& ctx, const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    fail(ErrorKind::usage, "{}: is no folder; expected an export, as `kindred export` writes it", folder.string());
  }
  return ServeChecker(ctx, folder).run();
}

nlohmann::ordered_json to_json(const ServeReport& report) {
  nlohmann::ordered_json json = {{"good", report.good()}, {"checks", nlohmann::ordered_json::array()}};
  for (const ServeFinding& finding : report.findings) {
    json["checks"].push_back({{"check", finding.check}, {"good", finding.good}, {"detail", finding.detail}});
  }
  return json;
}

std::string to_table(const ServeReport& report) {
  std::string text;
  for (const ServeFinding& finding : report.findings) {
    std::string detail = finding.detail;
    for (std::size_t at = detail.find('\n'); at != std::string::npos; at = detail.find('\n', at + 1)) {
      detail.insert(at + 1, 19, ' ');
    }
    text += fmt::format("{:<5}  {:<10}  {}\n", finding.good ? "ok" : "WRONG", finding.check, detail);
  }
  return text;
}

}  // namespace kindred
