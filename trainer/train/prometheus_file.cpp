// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/prometheus_file.h"

#include "trainer/data/synced_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

constexpr std::chrono::seconds kLeastBetweenWrites{1};

const std::map<std::string, std::string> kHelp = {
    {"duration_seconds", "Wall time of the finished run."},
    {"epochs", "Epochs trained so far."},
    {"last_event_timestamp_seconds", "When the run last told something, in seconds since 1970."},
    {"objective", "Training objective after the last epoch."},
    {"train_seconds", "Seconds of training alone."},
};

// Backslash, quote and line feed are the three that the format gives a meaning.
std::string label(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '\n') {
      escaped += "\\n";
      continue;
    }
    if (letter == '\\' || letter == '"') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

void head(std::string& text, const std::string& name, const std::string& help) {
  text += fmt::format("# HELP kindred_run_{0} {1}\n# TYPE kindred_run_{0} gauge\n", name, help);
}

double now_s() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

PrometheusFile::PrometheusFile(std::filesystem::path file, std::string run, const std::filesystem::path& run_folder)
    : file_(std::move(file)), run_(std::move(run)) {
  info_["folder"] = std::filesystem::absolute(run_folder).lexically_normal().string();
  gauges_["last_event_timestamp_seconds"] = now_s();
  write();
}

void PrometheusFile::observe(std::string_view event, const nlohmann::ordered_json& fields) {
  gauges_["last_event_timestamp_seconds"] = now_s();
  for (const char* name : {"model", "device"}) {
    if (fields.contains(name) && fields[name].is_string()) info_[name] = fields[name].get<std::string>();
  }
  if (event == "epoch") {
    gauges_["epochs"] = fields["epoch"].get<double>();
    if (fields.contains("objective")) gauges_["objective"] = fields["objective"].get<double>();
    if (fields.contains("elapsed_s")) gauges_["train_seconds"] = fields["elapsed_s"].get<double>();
  } else if (event == "evaluation") {
    for (const auto& [name, metric] : fields["metrics"].items()) {
      if (metric["value"].is_number()) metrics_[{fields.value("part", ""), name}] = metric["value"].get<double>();
    }
  } else if (event == "end") {
    status_ = fields.value("status", "ended");
    if (fields.contains("total_s")) gauges_["duration_seconds"] = fields["total_s"].get<double>();
  }
  if (event != "epoch" || std::chrono::steady_clock::now() - written_ >= kLeastBetweenWrites) write();
}

std::string PrometheusFile::text() const {
  const std::string run = label(run_);
  std::string text;
  head(text, "info", "What the run is.");
  std::string labels = fmt::format("run=\"{}\"", run);
  for (const auto& [name, value] : info_) labels += fmt::format(",{}=\"{}\"", name, label(value));
  text += fmt::format("kindred_run_info{{{}}} 1\n", labels);
  head(text, "status", "Where the run is.");
  text += fmt::format("kindred_run_status{{run=\"{}\",status=\"{}\"}} 1\n", run, label(status_));
  for (const auto& [name, value] : gauges_) {
    head(text, name, kHelp.at(name));
    text += fmt::format("kindred_run_{}{{run=\"{}\"}} {}\n", name, run, value);
  }
  if (!metrics_.empty()) head(text, "metric", "Metrics of the last evaluation of each part.");
  for (const auto& [key, value] : metrics_) {
    text += fmt::format("kindred_run_metric{{run=\"{}\",part=\"{}\",metric=\"{}\"}} {}\n", run, label(key.first),
                        label(key.second), value);
  }
  return text;
}

void PrometheusFile::write() {
  replace_file(file_, text());
  written_ = std::chrono::steady_clock::now();
}

}  // namespace kindred
