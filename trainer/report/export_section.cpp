// SPDX-License-Identifier: Apache-2.0
// By manifest.json of the run's export/.
#include "trainer/report/chart.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <nlohmann/json.hpp>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

void add(std::vector<Fact>& facts, const std::string& name, const std::string& value) {
  if (!value.empty()) facts.push_back({name, html("{}", value)});
}

std::vector<Fact> vector_facts(const Json& manifest) {
  std::vector<Fact> facts;
  for (const char* side : {"users", "items"}) {
    if (const auto count = find_count(manifest, {side, "count"})) add(facts, side, grouped(*count) + " vectors");
  }
  if (const auto dim = find_count(manifest, {"dim"}))
    add(facts, "size", fmt::format("{} x {}", *dim, find_text(manifest, {"dtype"})));
  add(facts, "metric", find_text(manifest, {"metric"}));
  const Json* files = find_json(manifest, {"files"});
  if (files != nullptr && files->is_array()) {
    double bytes = 0.0;
    for (const Json& file : *files) bytes += find_number(file, {"bytes"}).value_or(0.0);
    add(facts, "files", fmt::format("{}, {}", files->size(), bytes_text(bytes)));
  }
  return facts;
}

std::vector<Fact> index_facts(const Json& manifest) {
  std::vector<Fact> facts;
  const std::string type = find_text(manifest, {"index", "type"});
  const std::string requested = find_text(manifest, {"index", "requested"});
  add(facts, "index", requested == type || requested.empty() ? type : type + " (asked for: " + requested + ")");
  if (const auto lists = find_count(manifest, {"index", "lists"})) {
    add(facts, "lists",
        fmt::format("{}, {} a query", grouped(*lists), grouped(find_count(manifest, {"index", "probes"}).value_or(0))));
  }
  if (const auto share = find_number(manifest, {"index", "largest_list_share"}))
    add(facts, "largest list", percent_text(*share) + " of the items");
  if (const auto links = find_count(manifest, {"index", "links"})) add(facts, "links", std::to_string(*links));
  if (const auto seconds = find_number(manifest, {"measured", "index_build_s"}))
    add(facts, "built in", seconds_text(*seconds));
  if (const auto latency = find_number(manifest, {"measured", "latency_us_p50"}))
    add(facts, "a query", fmt::format("{:.0f} us", *latency));
  return facts;
}

Markup recall_panel(const Json& manifest) {
  BarChart chart{.label = "Recall of the index against exact search", .x_name = "", .labels = {}, .series = {{}}};
  for (const char* name : {"recall@10", "recall@100"}) {
    const auto recall = find_number(manifest, {"recall_check", name});
    if (!recall) continue;
    chart.labels.emplace_back(fmt::format("{}: {}", name, metric_text(*recall)));
    chart.series[0].values.push_back(*recall);
  }
  if (chart.labels.empty()) return {};
  const auto queries = find_count(manifest, {"recall_check", "queries"});
  const auto bound = find_number(manifest, {"recall_check", "min_recall"});
  if (queries) chart.x_name = grouped(*queries) + " queries";
  if (bound) chart.x_name += fmt::format("{}at least {:.3g} asked for", queries ? ", " : "", *bound);
  return panel("Recall of the index against exact search", bar_chart(chart));
}

}  // namespace

Markup export_section(const RunRecord& run) {
  const Json& manifest = *run.manifest;
  Markup panels = panel("Vectors", fact_list(vector_facts(manifest)));
  panels += panel("Index", fact_list(index_facts(manifest)));
  panels += recall_panel(manifest);
  return section("What other systems load", "The written index, read back and asked.", grid(panels));
}

}  // namespace kindred
