// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/chart_frame.h"
#include "trainer/report/number_text.h"

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

constexpr double kHeight = 230.0;
constexpr double kBarTop = 10.0;
constexpr double kBottom = kHeight - 40.0;
constexpr double kLeft = 48.0;
constexpr double kRight = kChartWidth - 8.0;
constexpr double kBarRowHeight = 26.0;
constexpr double kBarNamesEnd = 104.0;

std::string value_text(double value, bool percent) {
  return percent ? percent_text(value) : fmt::format("{:.4g}", value);
}

// A bar with its upper corners rounded, down to the base line.
Markup bar(double x, double width, double top, double bottom, const std::string& css_class, const std::string& tip) {
  const double r = std::min({2.5, width / 2, bottom - top});
  return html(
      R"(<path class="bar {}" d="M{:.1f} {:.1f}V{:.1f}q0 {:.1f} {:.1f} {:.1f}h{:.1f}q{:.1f} 0 {:.1f} {:.1f}V{:.1f}z"><title>{}</title></path>)",
      css_class, x, bottom, top + r, -r, r, -r, width - 2 * r, r, r, r, bottom, tip);
}

}  // namespace

Markup bar_chart(const BarChart& chart) {
  double high = 0.0;
  double low = 0.0;
  for (const BarSeries& series : chart.series) {
    for (const double value : series.values) {
      if (std::isfinite(value)) high = std::max(high, value);
    }
  }
  if (chart.labels.empty() || high <= 0.0) return {};
  round_out(low, high, 4);
  const Scale y{.low = 0.0, .high = high, .from = kBottom, .to = kBarTop};
  ChartFrame frame(chart.label, kHeight);
  std::vector<Tick> y_ticks = ticks(y, 4);
  if (chart.percent) {
    for (Tick& tick : y_ticks) tick.text = fmt::format("{:.3g} %", tick.value * 100.0);
  }
  frame.y_axis(y, y_ticks, kLeft, kRight);

  const double slot = (kRight - kLeft) / static_cast<double>(chart.labels.size());
  const double width = std::min(slot * 0.78 / static_cast<double>(chart.series.size()), 34.0);
  std::size_t longest = 0;
  for (const std::string& label : chart.labels) longest = std::max(longest, label.size());
  // Labels that would touch are thinned out.
  const auto every = static_cast<std::size_t>(std::ceil((static_cast<double>(longest) * kLetterWidth + 4.0) / slot));
  for (std::size_t i = 0; i < chart.labels.size(); ++i) {
    const double middle = kLeft + slot * (static_cast<double>(i) + 0.5);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const double value = chart.series[s].values[i];
      if (!std::isfinite(value) || value <= 0.0) continue;
      const double x = middle + width * (static_cast<double>(s) - static_cast<double>(chart.series.size()) / 2);
      const std::string name = chart.series[s].name.empty() ? "" : chart.series[s].name + ", ";
      frame.add(bar(x + 0.5, std::max(width - 1.0, 0.8), y(value), kBottom, series_class(s),
                    fmt::format("{}{}: {}", name, chart.labels[i], value_text(value, chart.percent))));
    }
    if (i % every == 0) frame.text(middle, kBottom + 16, "axis", "middle", chart.labels[i]);
  }
  frame.text((kLeft + kRight) / 2, kBottom + 33, "axis name", "middle", chart.x_name);
  std::vector<std::string> names;
  for (const BarSeries& series : chart.series) names.push_back(series.name);
  Markup all = frame.svg();
  all += legend(names);
  return all;
}

Markup bar_rows(const std::string& label, const std::vector<BarRow>& rows) {
  double high = 0.0;
  for (const BarRow& row : rows) high = std::max(high, row.value);
  if (high <= 0.0) return {};
  ChartFrame frame(label, 12.0 + kBarRowHeight * static_cast<double>(rows.size()));
  const Scale x{.low = 0.0, .high = high, .from = 0.0, .to = kChartWidth - kBarNamesEnd - 76.0};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double middle = 6.0 + kBarRowHeight * (static_cast<double>(i) + 0.5);
    frame.text(kBarNamesEnd - 10, middle + 4, "axis", "end", rows[i].name);
    const double width = std::max(x(rows[i].value), 1.0);
    frame.add(html(R"(<rect class="bar c1" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="14" rx="2.5"/>)", kBarNamesEnd,
                   middle - 7, width));
    frame.text(kBarNamesEnd + width + 8, middle + 4, "value", "start", rows[i].text);
  }
  return frame.svg();
}

}  // namespace kindred
