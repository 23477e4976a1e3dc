// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/version.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_comparison.h"
#include "trainer/report/significance.h"

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

constexpr std::size_t kMostCharts = 6;
constexpr std::size_t kMostCurves = 6;

Markup dash() { return Markup::literal("&ndash;"); }

Markup value_cell(const MetricResult& metric) {
  if (!std::isfinite(metric.value)) return dash();
  Markup cell = html("{}", metric_text(metric.value));
  if (metric.ci95 && std::isfinite(metric.ci95->low))
    cell += html("<small>{} to {}</small>", metric_text(metric.ci95->low), metric_text(metric.ci95->high));
  return cell;
}

Markup difference_cell(const ComparedRun& run, const std::string& metric) {
  const auto found = std::find_if(run.differences.begin(), run.differences.end(),
                                  [&](const PairedComparison& d) { return d.metric == metric; });
  if (found == run.differences.end()) return dash();
  const char* tone = found->p_holm >= kSignificant ? "" : found->difference > 0.0 ? "up" : "down";
  return html("<span class=\"{}\">{}</span><small>{}</small>", tone, difference_text(found->difference),
              found->p_holm < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", found->p_holm));
}

Markup metrics_table(const RunComparison& comparison) {
  const std::vector<MetricResult>& metrics = comparison.runs.front().result.metrics;
  std::vector<std::string> head = {""};
  for (const MetricResult& metric : metrics) head.push_back(metric.name);
  std::vector<std::vector<Markup>> rows;
  for (const ComparedRun& run : comparison.runs) {
    std::vector<Markup> row = {
        html("{} <small>{}, {} epochs{}</small>", foreign(run.name), run.model, run.epochs,
             run.train_s > 0.0 ? ", " + seconds_text(run.train_s) + " of training" : std::string())};
    for (const MetricResult& metric : run.result.metrics) row.push_back(value_cell(metric));
    rows.push_back(std::move(row));
  }
  for (std::size_t i = 1; i < comparison.runs.size(); ++i) {
    const ComparedRun& run = comparison.runs[i];
    std::vector<Markup> row = {html("{} <small>by how much better than {}, same users</small>", foreign(run.name),
                                    foreign(comparison.runs.front().name))};
    for (const MetricResult& metric : metrics) row.push_back(difference_cell(run, metric.name));
    rows.push_back(std::move(row));
  }
  return wide_panel("On " + comparison.part, table(head, rows));
}

// Of each metric with values by user: the differences from the reference around 0.
Markup difference_panels(const RunComparison& comparison) {
  Markup panels;
  std::size_t charts = 0;
  for (const MetricResult& metric : comparison.runs.front().result.metrics) {
    IntervalChart chart{.label = metric.name + " less that of the reference", .rows = {}, .show_zero = true};
    for (const ComparedRun& run : comparison.runs) {
      for (const PairedComparison& d : run.differences) {
        if (d.metric != metric.name) continue;
        chart.rows.push_back(
            {.name = run.name,
             .value = d.difference,
             .interval = std::isfinite(d.ci95.low) ? std::optional(std::pair{d.ci95.low, d.ci95.high}) : std::nullopt,
             .strong = d.p_holm < kSignificant});
      }
    }
    if (!chart.rows.empty() && charts++ < kMostCharts) panels += panel(metric.name, interval_chart(chart));
  }
  return panels;
}

Markup curve_panels(const RunComparison& comparison) {
  LineChart objective{.label = "Objective by epoch", .x_name = "epoch", .series = {}, .may_be_logarithmic = true};
  const std::string metric = comparison.runs.front().result.metrics.front().name;
  LineChart validation{.label = metric + " on validation by epoch", .x_name = "epoch", .series = {}};
  for (const ComparedRun& run : comparison.runs) {
    if (objective.series.size() == kMostCurves) break;
    objective.series.push_back(series_of(run.name, run.curves.objective));
    const auto found = run.curves.validation.find(metric);
    validation.series.push_back(series_of(run.name, found == run.curves.validation.end() ? Curve() : found->second));
  }
  Markup panels = panel("Objective", line_chart(objective));
  const bool curves = std::any_of(validation.series.begin(), validation.series.end(),
                                  [](const Series& series) { return series.points.size() > 1; });
  if (curves) panels += panel(metric + " on validation", line_chart(validation));
  return panels;
}

Markup keys_table(const RunComparison& comparison) {
  if (comparison.keys.empty()) return html("<p class=\"note\">{}</p>\n", "The configurations do not differ.");
  std::vector<std::string> head = {"key"};
  for (const ComparedRun& run : comparison.runs) head.push_back(run.name);
  std::vector<std::vector<Markup>> rows;
  for (const KeyDifference& key : comparison.keys) {
    std::vector<Markup> row = {html("<code>{}</code>", key.key)};
    for (const std::string& value : key.values) row.push_back(value.empty() ? dash() : foreign(value));
    rows.push_back(std::move(row));
  }
  return wide_panel("Keys with different values", table(head, rows));
}

}  // namespace

std::string comparison_page(const RunComparison& comparison) {
  const ComparedRun& reference = comparison.runs.front();
  Markup body = html(
      "<p class=\"brand\">kindred &middot; comparison of runs</p>\n<h1>{} <span class=\"chip\">and {} compared with "
      "it</span></h1>\n"
      "<p class=\"lead\">The same data, split and {} users for all.</p>\n",
      foreign(reference.name),
      comparison.runs.size() == 2 ? std::string("a run") : fmt::format("{} runs", comparison.runs.size() - 1),
      grouped(static_cast<std::int64_t>(reference.result.users.size())));
  body +=
      section("What is better",
              "Each run's metric less that of " + reference.name +
                  ", with its 95 % interval. Coloured where p < 0.05 by a randomisation test with Holm's correction "
                  "over all runs and metrics here.",
              grid(difference_panels(comparison)));
  body += section("Metrics", "", grid(metrics_table(comparison)));
  body += section("Training", "", grid(curve_panels(comparison), GridOf::halves));
  body += section("Configuration", "", grid(keys_table(comparison)));
  body += html("<footer>Made by <code>kindred report</code> {}. Runs:", KINDRED_VERSION);
  for (const ComparedRun& run : comparison.runs) body += html(" <code>{}</code>", run.folder.string());
  body += Markup::literal("</footer>\n");
  return page("Comparison of runs with " + reference.name, body);
}

}  // namespace kindred
