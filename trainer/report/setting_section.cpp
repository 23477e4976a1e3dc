// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/load.h"
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

// The keys of one section of the configuration in use, such as "model", in the order of the reference page.
std::vector<Fact> section_facts(Config config, const std::string& section) {
  std::map<std::string, std::string> values = config_values(config);
  std::vector<Fact> facts;
  const FieldList all = all_fields(config);
  for (const Field& field : all.all()) {
    const auto used = values.extract(field.path);
    if (!used.empty() && field.path.starts_with(section + ".")) {
      add(facts, field.path.substr(section.size() + 1), used.mapped());
    }
  }
  return facts;
}

std::vector<Fact> data_facts(const RunRecord& run, const Config& config) {
  std::vector<Fact> facts;
  for (const std::string& path : config.data.path) {
    const std::filesystem::path whole(path);
    facts.push_back({"source", html("{} <small>{}</small>", foreign(whole.filename().string()),
                                    foreign(whole.parent_path().string()))});
  }
  const Json& result = *run.result;
  for (const char* name : {"interactions", "users", "items"}) {
    if (const auto count = find_count(result, {"data", name})) add(facts, name, grouped(*count));
  }
  add(facts, "prepared", find_text(result, {"data", "fingerprint"}));
  for (const char* part : {"validation", "test"}) {
    const auto users = find_count(result, {"evaluation", part, "users"});
    if (!users) continue;
    const auto left_out = find_count(result, {"evaluation", part, "users_left_out"}).value_or(0);
    add(facts, part,
        fmt::format("{} users{}", grouped(*users),
                    left_out > 0 ? fmt::format(" ({} without relevant items left out)", grouped(left_out)) : ""));
  }
  return facts;
}

std::vector<Fact> machine_facts(const RunRecord& run) {
  const Json& environment = *run.environment;
  std::vector<Fact> facts;
  const std::string device = find_text(environment, {"device"});
  const std::string gpu = find_text(environment, {"gpu", "name"});
  add(facts, "device", gpu.empty() ? device : device + " (" + gpu + ")");
  add(facts, "cpu", find_text(environment, {"cpu"}));
  if (const auto threads = find_count(environment, {"threads"})) add(facts, "threads", std::to_string(*threads));
  if (const auto bytes = find_number(environment, {"memory_available_bytes"}))
    add(facts, "memory", bytes_text(*bytes) + " available");
  if (const auto rate = find_number(environment, {"copy_bandwidth_gb_per_s"}))
    add(facts, "copies", fmt::format("{:.1f} GB/s", *rate));
  add(facts, "host", find_text(environment, {"host"}));
  add(facts, "system", find_text(environment, {"system"}));
  const std::string version = find_text(environment, {"kindred"});
  if (!version.empty()) {
    add(facts, "kindred",
        fmt::format("{} ({}, {}, {})", version, find_text(environment, {"commit"}),
                    find_text(environment, {"build_type"}), find_text(environment, {"compiler"})));
  }
  return facts;
}

}  // namespace

Markup setting_section(const RunRecord& run) {
  const std::string file = run.folder.config().string();
  const Config config = load_config({&file, 1}, {}, {.check_files = false}).config;
  Markup panels = panel("Data", fact_list(data_facts(run, config)));
  panels += panel("Split", fact_list(section_facts(config, "split")));
  panels += panel("Model", fact_list(section_facts(config, "model")));
  panels += panel("Machine", fact_list(machine_facts(run)));
  Markup body = grid(panels, GridOf::quarters);
  body += html(
      "<details><summary>The whole configuration, with the origin of each value</summary><pre>{}</pre></details>\n",
      run.config_yaml);
  return section("What was trained on what", "", body);
}

}  // namespace kindred
