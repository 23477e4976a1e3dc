// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"
#include "trainer/report/significance.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

Markup status_chip(const std::string& status) {
  const char* tone = status == "completed" ? " good" : status == "unfinished" || status == "running" ? "" : " bad";
  return html("<span class=\"chip{}\">{}</span>", tone, status);
}

// The baseline that comes nearest in the headline metric, and by how much the model differs from it.
Tile against_best(const RunRecord& run, const std::string& part, const std::string& metric) {
  const Json* baselines = find_json(*run.result, {"baselines", part.c_str()});
  Tile tile{.name = "", .value = "", .note = "", .good = false};
  if (baselines == nullptr) return tile;
  std::optional<double> best;
  std::string name;
  for (const auto& [model, metrics] : baselines->items()) {
    const auto value = find_number(metrics, {metric.c_str(), "value"});
    if (value && (!best || *value > *best)) {
      best = value;
      name = model;
    }
  }
  const auto own = find_number(*run.result, {"metrics", part.c_str(), metric.c_str(), "value"});
  if (!best || !own) return tile;
  tile.name = "against " + name;
  tile.value = *best > 0.0 ? fmt::format("{:+.1f} %", (*own / *best - 1.0) * 100.0) : difference_text(*own - *best);
  const auto p = find_number(*run.result, {"comparisons", part.c_str(), name.c_str(), metric.c_str(), "p_holm"});
  if (p && *p < kSignificant) {
    tile.note = *p < 0.001 ? "p < 0.001, same users" : fmt::format("p = {:.3f}, same users", *p);
    tile.good = *own > *best;
  } else {
    tile.note = p ? fmt::format("not significant, p = {:.2f}", *p) : "the nearest baseline";
  }
  return tile;
}

}  // namespace

Markup heading_section(const RunRecord& run) {
  const Json& result = *run.result;
  const std::string model = run.model();
  const std::string started = run.started();
  Markup head = html(
      "<p class=\"brand\">kindred &middot; report of a run</p>\n<h1>{} {}</h1>\n"
      "<p class=\"lead\">{}{}{} <code>{}</code></p>\n",
      foreign(run.name), status_chip(run.status()), model.empty() ? "" : "Model " + model + ". ",
      started.empty() ? "" : "Started " + started + ". ", "Folder", run.folder.path().string());
  std::vector<Tile> tiles;
  const std::string part = run.headline_part();
  if (!part.empty()) {
    const std::string metric = run.headline_metric();
    const char* const p = part.c_str();
    const char* const m = metric.c_str();
    const auto value = find_number(result, {"metrics", p, m, "value"});
    const Json* interval = find_json(result, {"metrics", p, m, "ci95"});
    tiles.push_back({.name = metric + ", " + part,
                     .value = value ? metric_text(*value) : "none",
                     .note = interval != nullptr && interval->is_array()
                                 ? fmt::format("95 %: {} to {}", metric_text((*interval)[0].get<double>()),
                                               metric_text((*interval)[1].get<double>()))
                                 : "no interval"});
    if (Tile tile = against_best(run, part, metric); !tile.name.empty()) tiles.push_back(std::move(tile));
  }
  if (const auto entries = find_count(result, {"data", "interactions"})) {
    tiles.push_back(
        {.name = "trained on",
         .value = compact(static_cast<double>(*entries)),
         .note = fmt::format("{} users, {} items", grouped(find_count(result, {"data", "users"}).value_or(0)),
                             grouped(find_count(result, {"data", "items"}).value_or(0)))});
  }
  if (const auto seconds = find_number(result, {"timing_s", "train"})) {
    const auto rate = find_number(result, {"throughput", "interactions_per_s"});
    tiles.push_back({.name = fmt::format("training, {} epochs", run.epochs()),
                     .value = seconds_text(*seconds),
                     .note = rate && *rate > 0.0 ? compact(*rate) + " interactions/s" : ""});
  } else {
    tiles.push_back({.name = "trained so far", .value = std::to_string(run.epochs()), .note = "epochs"});
  }
  if (const auto bytes = find_number(result, {"memory", "peak_bytes"})) {
    tiles.push_back({.name = "peak memory", .value = bytes_text(*bytes), .note = "of the process on the host"});
  }
  head += tile_row(tiles);
  return head;
}

}  // namespace kindred
