// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart_frame.h"

#include "trainer/report/chart.h"

namespace kindred {

void ChartFrame::y_axis(const Scale& y, const std::vector<Tick>& ticks, double left, double right) {
  for (const Tick& tick : ticks) {
    const double at = y(tick.value);
    add(html(R"(<line class="grid" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>)", left, right, at, at));
    text(left - 6, at + 4, "axis", "end", tick.text);
  }
}

void ChartFrame::x_axis(const Scale& x, const std::vector<Tick>& ticks, double bottom, const std::string& name) {
  for (const Tick& tick : ticks) text(x(tick.value), bottom + 16, "axis", "middle", tick.text);
  text((x.from + x.to) / 2, bottom + 33, "axis name", "middle", name);
}

void ChartFrame::text(double x, double y, const char* css_class, const char* anchor, const std::string& text) {
  if (text.empty()) return;
  add(html(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", css_class, x, y, anchor, text));
}

Markup ChartFrame::svg() const {
  return html(R"(<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {:.0f} {:.0f}">{}</svg>)"
              "\n",
              label_, kChartWidth, height_, body_);
}

std::string series_class(std::size_t index) { return "c" + std::to_string(index % 6 + 1); }

Markup legend(const std::vector<std::string>& names) {
  if (names.size() < 2) return {};
  Markup keys;
  for (std::size_t i = 0; i < names.size(); ++i) {
    keys += html(R"(<span><i class="{}"></i>{}</span>)", series_class(i), names[i]);
  }
  return html("<p class=\"legend\">{}</p>\n", keys);
}

}  // namespace kindred
