// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/chart_frame.h"
#include "trainer/report/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred {

namespace {

constexpr double kIntervalRowHeight = 30.0;
constexpr double kIntervalNamesEnd = 104.0;
constexpr double kIntervalTop = 6.0;
constexpr std::size_t kLongestName = 16;

// The end of a name tells runs apart better than the middle; the whole name is its tooltip.
std::string short_name(const std::string& name) {
  if (name.size() <= kLongestName) return name;
  std::size_t cut = kLongestName - 1;
  while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) --cut;
  return name.substr(0, cut) + "\xE2\x80\xA6";
}

}  // namespace

Markup interval_chart(const IntervalChart& chart) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const IntervalRow& row : chart.rows) {
    if (!std::isfinite(row.value)) continue;
    low = std::min(low, row.interval ? row.interval->first : row.value);
    high = std::max(high, row.interval ? row.interval->second : row.value);
  }
  if (!(high >= low)) return {};
  if (chart.show_zero || low > 0.0) low = std::min(low, 0.0);
  if (chart.show_zero) high = std::max(high, 0.0);
  round_out(low, high, 4);
  const double bottom = kIntervalTop + kIntervalRowHeight * static_cast<double>(chart.rows.size());
  const Scale x{.low = low, .high = high, .from = kIntervalNamesEnd + 4, .to = kChartWidth - 58};
  ChartFrame frame(chart.label, bottom + 22);
  const std::vector<Tick> marks = ticks(x, 4);
  std::size_t longest = 0;
  for (const Tick& tick : marks) longest = std::max(longest, tick.text.size());
  const double apart = marks.size() > 1 ? x(marks[1].value) - x(marks[0].value) : kChartWidth;
  // Every mark, or every second one, counted from the right, where 0 stands for runs that are worse.
  const std::size_t every = apart < kLetterWidth * static_cast<double>(longest) + 8.0 ? 2 : 1;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Tick& tick = marks[i];
    const bool zero = chart.show_zero && std::abs(tick.value) < 1e-12 * (high - low);
    const double at = x(tick.value);
    frame.add(html(R"(<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>)", zero ? "zero" : "grid", at,
                   at, kIntervalTop, bottom));
    if ((marks.size() - 1 - i) % every == 0) frame.text(at, bottom + 16, "axis", "middle", tick.text);
  }
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const IntervalRow& row = chart.rows[i];
    const double y = kIntervalTop + kIntervalRowHeight * (static_cast<double>(i) + 0.5);
    frame.add(html(R"(<text class="axis{}" x="{:.1f}" y="{:.1f}" text-anchor="end">{}<title>{}</title></text>)",
                   row.strong ? " strong" : "", kIntervalNamesEnd - 6, y + 4, short_name(row.name), row.name));
    if (!std::isfinite(row.value)) continue;
    const char* css_class = row.strong ? "c1" : "quiet";
    std::string tip = fmt::format("{}: {}", row.name, metric_text(row.value));
    if (row.interval) {
      tip += fmt::format(" [{}, {}]", metric_text(row.interval->first), metric_text(row.interval->second));
      frame.add(html(R"(<line class="whisker {}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>)", css_class,
                     x(row.interval->first), x(row.interval->second), y, y));
    }
    frame.add(html(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"><title>{}</title></circle>)", css_class,
                   x(row.value), y, tip));
    frame.text(kChartWidth - 2, y + 4, row.strong ? "value strong" : "value", "end",
               chart.show_zero ? difference_text(row.value) : metric_text(row.value));
  }
  return frame.svg();
}

}  // namespace kindred
