// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/run_list.h"

#include "kernels/core/check.h"
#include "trainer/report/json_path.h"
#include "trainer/report/number_text.h"
#include "trainer/report/run_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace kindred {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) found.push_back(entry.path());
  }
  return found;
}

bool is_run(const fs::path& folder) { return fs::exists(folder / "config.yaml"); }

ListedRun listed(const fs::path& folder) {
  ListedRun run{.folder = folder, .name = fs::absolute(folder).lexically_normal().parent_path().filename().string()};
  try {
    const RunRecord record(RunFolder::find(folder.string(), ""));
    run.started = record.started();
    run.status = record.status();
    run.model = record.model();
    run.epochs = record.epochs();
    run.train_s = find_number(*record.result, {"timing_s", "train"});
    run.part = record.headline_part();
    run.metric = record.headline_metric();
    const Json* metric = find_json(*record.result, {"metrics", run.part.c_str(), run.metric.c_str()});
    if (metric == nullptr) return run;
    run.value = find_number(*metric, {"value"});
    const Json* ci95 = find_json(*metric, {"ci95"});
    if (ci95 != nullptr && ci95->is_array() && ci95->size() == 2 && (*ci95)[0].is_number() && (*ci95)[1].is_number())
      run.ci95 = {(*ci95)[0].get<double>(), (*ci95)[1].get<double>()};
  } catch (const Error& error) {
    run.status = "damaged";
    run.problem = error.what();
  }
  return run;
}

}  // namespace

std::vector<ListedRun> list_runs(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    fail(ErrorKind::usage, "{}: no such folder; expected the folder of runs (run.output, `runs` by default)",
         folder.string());
  }
  std::vector<fs::path> found;
  for (const fs::path& below : folders_in(folder)) {
    if (is_run(below)) {
      found.push_back(below);
      continue;
    }
    for (const fs::path& run : folders_in(below)) {
      if (is_run(run)) found.push_back(run);
    }
  }
  // The names begin with the time.
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(a.filename(), a) > std::pair(b.filename(), b);
  });
  std::vector<ListedRun> runs;
  for (const fs::path& run : found) runs.push_back(listed(run));
  return runs;
}

std::string runs_table(const std::vector<ListedRun>& runs) {
  if (runs.empty()) return "no runs\n";
  std::vector<std::vector<std::string>> rows = {{"run", "status", "model", "epochs", "training", "metric"}};
  for (const ListedRun& run : runs) {
    std::string metric = "-";
    if (run.value) {
      metric = fmt::format("{} {} {}", run.part, run.metric, metric_text(*run.value));
      if (run.ci95) metric += fmt::format(" +-{:.4f}", (run.ci95->second - run.ci95->first) / 2.0);
    }
    rows.push_back({(fs::path(run.name) / run.folder.filename()).string(), run.status,
                    run.model.empty() ? "-" : run.model, std::to_string(run.epochs),
                    run.train_s ? seconds_text(*run.train_s) : "-", metric});
  }
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool number = i == 3 || i == 4;
      line += number ? fmt::format("{:>{}}  ", row[i], widths[i]) : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  for (const ListedRun& run : runs) {
    if (!run.problem.empty()) table += "damaged: " + run.problem + "\n";
  }
  return table;
}

Json runs_json(const std::vector<ListedRun>& runs) {
  Json list = Json::array();
  for (const ListedRun& run : runs) {
    Json entry = {
        {"name", run.name},     {"run", run.folder.string()}, {"started", run.started}, {"status", run.status},
        {"model", run.model},   {"epochs", run.epochs},       {"train_s", nullptr},     {"part", run.part},
        {"metric", run.metric}, {"value", nullptr},           {"ci95", nullptr}};
    if (run.train_s) entry["train_s"] = *run.train_s;
    if (run.value) entry["value"] = *run.value;
    if (run.ci95) entry["ci95"] = {run.ci95->first, run.ci95->second};
    if (!run.problem.empty()) entry["problem"] = run.problem;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace kindred
