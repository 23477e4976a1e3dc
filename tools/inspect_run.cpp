// SPDX-License-Identifier: Apache-2.0
#include "tools/inspect_run.h"

#include "tools/terminal_progress.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

bool is_run_folder(const std::filesystem::path& path) { return std::filesystem::exists(path / "config.yaml"); }

void inspect_run(const std::filesystem::path& path, bool json) {
  TerminalProgress progress(false);
  // Opening verifies the prepared data and the checkpoint; damage is told on the way or ends here.
  TrainedRun run = open_run(path.string(), "runs");
  std::ifstream stream(run.folder.result());
  auto result = nlohmann::ordered_json::parse(stream);
  result["checkpoint"] = {{"step", run.step}, {"verified", true}};
  for (const NamedParameter& parameter : run.model->parameters()) {
    result["checkpoint"]["parameters"].push_back(
        {{"name", parameter.name}, {"dtype", parameter.dtype}, {"shape", parameter.shape}});
  }
  if (json) {
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("run          {}\nstatus       {}\nmodel        {}, {} epochs, {:.2f} s of training\n",
             run.folder.path().string(), result["status"].get<std::string>(), result["model"].get<std::string>(),
             result["epochs"].get<std::int64_t>(), result["timing_s"]["train"].get<double>());
  fmt::print("data         {} users, {} items, {} interactions\n             {}\n", run.data->num_users(),
             run.data->num_items(), run.data->train().nnz(), run.data->folder().string());
  fmt::print("checkpoint   step {}, verified\n", run.step);
  for (const NamedParameter& parameter : run.model->parameters()) {
    std::string shape;
    for (const std::int64_t size : parameter.shape) shape += fmt::format("{}{}", shape.empty() ? "" : " x ", size);
    fmt::print("             {:<16} {} {}\n", parameter.name, parameter.dtype, shape);
  }
  fmt::print("\n{}", metrics_tables(result));
}

}  // namespace kindred
