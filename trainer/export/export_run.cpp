// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/export_run.h"

#include "kernels/core/check.h"
#include "kernels/core/host_exchange.h"
#include "kernels/core/version.h"
#include "trainer/data/columnar/list_table.h"
#include "trainer/export/array_files.h"
#include "trainer/export/checked_index.h"
#include "trainer/export/export_manifest.h"
#include "trainer/export/id_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace kindred {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

void require_finite(View<const float, 2> vectors, const IdDictionary& ids, std::string_view what) {
  for (std::int64_t row = 0; row < vectors.size(0); ++row) {
    const float* values = vectors.row(row);
    if (std::all_of(values, values + vectors.size(1), [](float value) { return std::isfinite(value); })) continue;
    fail(ErrorKind::divergence, "the vector of {} '{}' has a value that is not finite; look at model.regularization",
         what, ids.text(row));
  }
}

class ExportWriter {
 public:
  ExportWriter(const ExportRequest& request, const fs::path& target, Progress& progress)
      : request_(request), config_(request.config), data_(request.data), progress_(progress), folder_(target) {}

  Json write(const fs::path& target) {
    const ModelVectors vectors = *request_.model.vectors();
    const HostCopy<float, 2> users(request_.ctx, vectors.users);
    const HostCopy<float, 2> items(request_.ctx, vectors.items.slice(0, data_.num_items()));
    require_finite(users.view(), data_.users(), "user");
    require_finite(items.view(), data_.items(), "item");

    progress_.begin("exporting vectors", 0, "files");
    write_vectors_of("users", users.view(), data_.users());
    write_vectors_of("items", items.view(), data_.items());
    folder_.write_text("user_ids.tsv", user_ids());
    folder_.write_text("item_ids.tsv", item_ids());
    write_npy(folder_, "popularity.npy", data_.item_popularity());
    if (config_.seen_items) write_seen_items();
    progress_.end(
        fmt::format("{} users, {} items, {} long", users.view().size(0), items.view().size(0), items.view().size(1)));

    Json manifest = describe(users.view(), items.view());
    if (config_.index.type != IndexType::none) write_index(items.view(), manifest);
    manifest["files"] = files_json(folder_.files());
    folder_.write_text(kExportManifestName, manifest.dump(2) + "\n");
    folder_.write_text(kSumsName, sha256_sums(folder_.files()));
    if (!folder_.commit()) {
      fail(ErrorKind::usage, "{}: exists already; expected the name of a new folder (-o)", target.string());
    }
    return manifest;
  }

 private:
  bool has(std::string_view format) const {
    return std::find(config_.formats.begin(), config_.formats.end(), format) != config_.formats.end();
  }

  void write_vectors_of(const std::string& what, View<const float, 2> vectors, const IdDictionary& ids) {
    for (const char* format : {"npy", "safetensors"}) {
      if (has(format)) write_vectors(folder_, fmt::format("{}.{}", what, format), vectors, config_.dtype);
    }
    if (!has("parquet")) return;
    write_table(what + ".parquet", {vectors.size(0), vectors.size(1)},
                {.rows = vectors.size(0),
                 .external_id = [&ids](std::int64_t row) { return ids.text(row); },
                 .lists = {.name = "embedding", .floats = vectors.data(), .width = vectors.size(1)}});
  }

  void write_table(std::string name, std::vector<std::int64_t> shape, const ListTable& table) {
    folder_.write({.name = name, .bytes = 0, .sha256 = {}, .dtype = {}, .shape = std::move(shape)},
                  [&](const WriteBytes& put) { write_list_table(table, name, put); });
  }

  std::string user_ids() const {
    std::string text = std::string(kUserIdsHeader) + "\n";
    for (std::int64_t row = 0; row < data_.num_users(); ++row) {
      text += fmt::format("{}\t{}\n", row, escape_id(data_.users().text(row)));
    }
    return text;
  }

  std::string item_ids() const {
    std::string text = std::string(kItemIdsHeader) + "\n";
    for (std::int64_t row = 0; row < data_.num_items(); ++row) {
      text += fmt::format("{}\t{}\t{}\n", row, escape_id(data_.items().text(row)), data_.item_popularity()(row));
    }
    return text;
  }

  void write_seen_items() {
    const CsrView& train = data_.train();
    if (has("npy") || has("safetensors")) {
      write_npy(folder_, "seen_offsets.npy", train.offsets);
      write_npy(folder_, "seen_items.npy", train.ids);
    }
    if (has("parquet")) {
      write_table("seen.parquet", {train.rows},
                  {.rows = train.rows,
                   .external_id = [this](std::int64_t row) { return data_.users().text(row); },
                   .lists = {.name = "items", .integers = train.ids.data(), .offsets = train.offsets}});
    }
  }

  Json describe(View<const float, 2> users, View<const float, 2> items) const {
    const auto side = [](std::int64_t count, const IdDictionary& ids) {
      return Json{{"count", count},
                  {"row_order", "ascending by external id"},
                  {"external_ids", ids.integers() ? "integers" : "text"}};
    };
    Json manifest = {{"format", kExportFormat},
                     {"format_version", kExportFormatVersion},
                     {"kindred", KINDRED_VERSION},
                     {"model", request_.model.type()},
                     {"metric", "inner_product"},
                     {"dim", items.size(1)},
                     {"dtype", kChoices<ExportDtype>[static_cast<std::size_t>(config_.dtype)]},
                     {"users", side(users.size(0), data_.users())},
                     {"items", side(items.size(0), data_.items())}};
    manifest["users"]["ids"] = "user_ids.tsv";
    manifest["items"]["ids"] = "item_ids.tsv";
    manifest["lineage"] = lineage_json(request_.lineage, data_);
    return manifest;
  }

  void write_index(View<const float, 2> items, Json& manifest) {
    progress_.begin("building the index", 0, "kinds");
    const CheckQueries queries = make_check_queries(request_.ctx, data_, request_.model, config_.index.check_users);
    const View<const float, 2> vectors{queries.vectors.data(), {queries.count, items.size(1)}};
    write_vectors(folder_, "check_queries.npy", vectors, ExportDtype::float32);
    const RecallCheck check(request_.ctx, items, vectors);
    const CheckedIndex index = write_checked_index(request_.ctx, items, check, config_.index, folder_, progress_);
    progress_.end(index_line(index));
    manifest["index"] = index_json(index, config_.index);
    manifest["recall_check"] = recall_json(index, config_.index, queries.from);
    manifest["measured"] = {{"index_build_s", index.build_s},
                            {"threads", request_.ctx.threads()},
                            {"latency_us_p50", index.speed.latency_us_p50},
                            {"latency_us_p95", index.speed.latency_us_p95},
                            {"queries_per_s", index.speed.queries_per_s}};
  }

  const ExportRequest& request_;
  const ExportConfig& config_;
  const Dataset& data_;
  Progress& progress_;
  ExportFolder folder_;
};

}  // namespace

Json lineage_json(const ExportLineage& lineage, const Dataset& data) {
  const Json config = Json::parse(lineage.config_json);
  return {{"run", lineage.run},
          {"step", lineage.step},
          {"commit", lineage.commit},
          {"data_fingerprint", data.fingerprint()},
          {"config_hash", config["hash"]},
          {"config", config["config"]}};
}

void check_exportable(const ExportConfig& config, const Model& model) {
  if (!model.vectors()) {
    fail(ErrorKind::usage,
         "model.type: {} has no vectors to export: its scores are no inner products; expected als (recommendations of "
         "any model can be written with `kindred recommend RUN --all -o FILE.parquet`)",
         model.type());
  }
  const auto& formats = config.formats;
  if (!list_tables_are_built() && std::find(formats.begin(), formats.end(), "parquet") != formats.end()) {
    fail(ErrorKind::usage,
         "export.formats: parquet: built without Apache Arrow; expected npy or safetensors, or a build with "
         "-DKINDRED_COLUMNAR=ON");
  }
  if (faiss_version().empty() && config.index.type != IndexType::none) {
    fail(ErrorKind::usage, "export.index.type: built without faiss; expected none, or a build with -DKINDRED_FAISS=ON");
  }
}

Json write_export(const ExportRequest& request, const fs::path& target, Progress& progress) {
  check_exportable(request.config, request.model);
  if (fs::exists(target)) {
    fail(ErrorKind::usage, "{}: exists already; expected the name of a new folder (-o)", target.string());
  }
  return ExportWriter(request, target, progress).write(target);
}

}  // namespace kindred
