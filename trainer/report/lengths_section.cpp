// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/chart.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <algorithm>
#include <bit>

namespace kindred {

namespace {

// Rows in bins 0, 1, 2-3, 4-7, 8-15, ... of their lengths: how many, and how many entries they hold.
struct LengthHistogram {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> entries;
};

LengthHistogram histogram(const CsrView& matrix) {
  LengthHistogram bins;
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const std::int64_t length = matrix.length(row);
    const auto bin = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(length)));
    if (bins.rows.size() <= bin) {
      bins.rows.resize(bin + 1, 0);
      bins.entries.resize(bin + 1, 0);
    }
    ++bins.rows[bin];
    bins.entries[bin] += length;
  }
  return bins;
}

std::string bin_text(std::size_t bin) {
  return bin < 2 ? std::to_string(bin) : compact(static_cast<double>(std::uint64_t{1} << (bin - 1)));
}

Markup histogram_panel(const std::string& heading, const std::string& what, const std::string& x_name,
                       const CsrView& matrix) {
  const LengthHistogram bins = histogram(matrix);
  BarChart chart{
      .label = heading,
      .x_name = x_name,
      .labels = {},
      .series = {{.name = "share of the " + what, .values = {}}, {.name = "share of the interactions", .values = {}}},
      .percent = true};
  const auto first = static_cast<std::size_t>(
      std::find_if(bins.rows.begin(), bins.rows.end(), [](std::int64_t n) { return n > 0; }) - bins.rows.begin());
  for (std::size_t bin = first; bin < bins.rows.size(); ++bin) {
    chart.labels.push_back(bin_text(bin));
    chart.series[0].values.push_back(static_cast<double>(bins.rows[bin]) /
                                     static_cast<double>(std::max<std::int64_t>(matrix.rows, 1)));
    chart.series[1].values.push_back(static_cast<double>(bins.entries[bin]) /
                                     static_cast<double>(std::max<std::int64_t>(matrix.nnz(), 1)));
  }
  return panel(heading, bar_chart(chart));
}

}  // namespace

Markup lengths_section(const Dataset& data) {
  Markup panels = histogram_panel("Popularity of the items", "items", "from this many users, up to the next",
                                  data.train_transposed());
  panels += histogram_panel("Length of the histories", "users", "from this many items, up to the next", data.train());
  return section("The training data", "A bar takes in its number and all up to the next bar's.",
                 grid(panels, GridOf::halves));
}

}  // namespace kindred
