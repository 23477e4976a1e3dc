// SPDX-License-Identifier: Apache-2.0
// The charts of a report, as inline SVG. They are drawn in a box of a fixed width that the page scales; colours and
// type come from the page's style (classes c1, c2, ... of a series, axis, grid, value), so that they follow light and
// dark. Values that are not finite are left out. Every mark has its value as a tooltip, every chart a label for readers
// of screens.
#pragma once

#include "trainer/report/markup.h"

#include <optional>
#include <string>
#include <vector>

namespace kindred {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

struct Series {
  std::string name;
  std::vector<Point> points;
};

struct LineChart {
  std::string label;
  std::string x_name;
  std::vector<Series> series;  // at most 6
  bool from_zero = false;
  bool may_be_logarithmic = false;  // where the values are positive and span more than a factor of 20
};
Markup line_chart(const LineChart& chart);

struct BarSeries {
  std::string name;
  std::vector<double> values;  // one a label
};

struct BarChart {
  std::string label;
  std::string x_name;
  std::vector<std::string> labels;
  std::vector<BarSeries> series;  // side by side, at most 6
  bool percent = false;           // values are shares
};
Markup bar_chart(const BarChart& chart);

// Rows with a bar each from 0, and the value as text at its end.
struct BarRow {
  std::string name;
  double value = 0.0;
  std::string text;
};
Markup bar_rows(const std::string& label, const std::vector<BarRow>& rows);

// Rows with a dot each and its interval: a model above its baselines, or differences around 0.
struct IntervalRow {
  std::string name;
  double value = 0.0;
  std::optional<std::pair<double, double>> interval;
  bool strong = false;
};
struct IntervalChart {
  std::string label;
  std::vector<IntervalRow> rows;
  bool show_zero = false;  // differences: the axis takes in 0, which is marked
};
Markup interval_chart(const IntervalChart& chart);

// Names of the series with their colours, for several in one chart; nothing for one.
Markup legend(const std::vector<std::string>& names);

}  // namespace kindred
