// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/run_report.h"

#include "kernels/core/check.h"
#include "kernels/core/version.h"
#include "trainer/data/synced_file.h"
#include "trainer/report/json_path.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace kindred {

namespace {

constexpr std::int64_t kSampleList = 10;

// Sections that need more than the run folder: the prepared data, the model, the item table.
Markup opened_sections(const RunFolder& folder, std::vector<std::string>& missing) {
  Markup sections;
  try {
    const TrainedRun run = open_run(folder.path().string(), "");
    ItemNames names;
    try {
      names = ItemNames::read(run.config.data.item_names, run.ctx.pool());
    } catch (const Error& error) {
      missing.emplace_back(fmt::format("items are shown by their ids: {}", error.what()));
    }
    sections += lengths_section(*run.data);
    sections += users_section(sample_users(run, names, run.config.logging.sample_users, kSampleList));
  } catch (const Error& error) {
    missing.emplace_back(fmt::format("no sample users and no histograms: {}", error.what()));
  }
  return sections;
}

}  // namespace

std::filesystem::path write_run_report(const RunFolder& folder, const std::filesystem::path& output,
                                       const std::function<void(std::string_view)>& warn) {
  const RunRecord run(folder);
  std::vector<std::string> missing;
  Markup body = heading_section(run);
  body += setting_section(run);
  body += curves_section(run);
  body += metrics_section(run);
  body += breakdown_section(run);
  body += opened_sections(folder, missing);
  body += export_section(run);
  Markup notes;
  for (const std::string& line : missing) {
    warn(line);
    notes += html("<li>{}</li>", line);
  }
  if (!notes.empty()) body += section("What is not here", "", html("<ul>{}</ul>\n", notes));
  body += html(
      "<footer>Made by kindred {} from the files of the run; <code>kindred report {}</code> makes it again.</footer>\n",
      KINDRED_VERSION, folder.path().string());
  const std::filesystem::path file = output.empty() ? folder.path() / "report.html" : output;
  replace_file(file, page(run.name + ": report of a run", body));
  return file;
}

}  // namespace kindred
