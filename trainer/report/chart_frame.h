// SPDX-License-Identifier: Apache-2.0
// What all charts share: the box, its axes, and the marks in it.
#pragma once

#include "trainer/report/axis.h"
#include "trainer/report/markup.h"

#include <string>
#include <vector>

namespace kindred {

inline constexpr double kChartWidth = 360.0;
inline constexpr double kLetterWidth = 6.2;  // of the axis' type, about

class ChartFrame {
 public:
  ChartFrame(std::string label, double height) : label_(std::move(label)), height_(height) {}

  double height() const { return height_; }
  void add(const Markup& mark) { body_ += mark; }
  // Horizontal lines with their values on the left.
  void y_axis(const Scale& y, const std::vector<Tick>& ticks, double left, double right);
  // Values below the box and the axis' name below them.
  void x_axis(const Scale& x, const std::vector<Tick>& ticks, double bottom, const std::string& name);
  void text(double x, double y, const char* css_class, const char* anchor, const std::string& text);
  Markup svg() const;

 private:
  std::string label_;
  double height_;
  Markup body_;
};

// The class of series number `index`: c1 .. c6.
std::string series_class(std::size_t index);

}  // namespace kindred
