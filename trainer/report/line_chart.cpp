// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/chart_frame.h"
#include "trainer/report/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred {

namespace {

constexpr double kHeight = 230.0;
constexpr double kLineTop = 10.0;
constexpr double kBottom = kHeight - 40.0;
constexpr double kLeft = 48.0;
constexpr double kRight = kChartWidth - 12.0;
constexpr std::size_t kDotsUpTo = 40;  // more points are a line alone

bool drawable(const Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Scale y_scale(const LineChart& chart, Bounds y) {
  if (chart.may_be_logarithmic && y.low > 0.0 && y.high > 20.0 * y.low) {
    return {.low = y.low / 1.2, .high = y.high * 1.2, .from = kBottom, .to = kLineTop, .logarithmic = true};
  }
  if (chart.from_zero) y.take(0.0);
  round_out(y.low, y.high, 4);
  return {.low = y.low, .high = y.high, .from = kBottom, .to = kLineTop};
}

Markup line_of(const Series& series, const Scale& x, const Scale& y, const std::string& css_class) {
  std::string path;
  Markup dots;
  const bool with_dots = series.points.size() <= kDotsUpTo;
  for (const Point& point : series.points) {
    if (!drawable(point)) continue;
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(point.x), y(point.y));
    if (!with_dots) continue;
    dots +=
        html(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2.6"><title>{}{}{}: {:.6g}</title></circle>)", css_class,
             x(point.x), y(point.y), series.name, series.name.empty() ? "" : ", ", compact(point.x), point.y);
  }
  return html(R"(<path class="line {}" d="{}"/>{})", css_class, path, dots);
}

}  // namespace

Markup line_chart(const LineChart& chart) {
  Bounds across;
  Bounds up;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      if (!drawable(point)) continue;
      across.take(point.x);
      up.take(point.y);
    }
  }
  if (!(across.high >= across.low)) return {};
  if (across.high == across.low) across.high += 1.0;
  const Scale x{.low = across.low, .high = across.high, .from = kLeft + 6, .to = kRight - 6};
  const Scale y = y_scale(chart, up);
  std::vector<Tick> x_ticks = ticks(x, 6);
  // Epochs and steps are whole numbers.
  std::erase_if(x_ticks, [](const Tick& tick) { return tick.value != std::floor(tick.value); });
  ChartFrame frame(chart.label, kHeight);
  frame.y_axis(y, ticks(y, 4), kLeft, kRight);
  frame.x_axis(x, x_ticks, kBottom, chart.x_name);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    frame.add(line_of(chart.series[i], x, y, series_class(i)));
    names.push_back(chart.series[i].name);
  }
  Markup all = frame.svg();
  all += legend(names);
  return all;
}

}  // namespace kindred
