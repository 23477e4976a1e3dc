// SPDX-License-Identifier: Apache-2.0
// What goes into a page cannot break it; axes and charts show the values they are given.
#include "trainer/report/axis.h"
#include "trainer/report/chart.h"
#include "trainer/report/markup.h"
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kindred {
namespace {

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(Markup, EscapesWhatHasAMeaning) {
  EXPECT_EQ(escaped("<script>alert('x') & \"y\"</script>"),
            "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;");
  EXPECT_EQ(html("<td title=\"{}\">{}</td>", "\" onload=\"x", std::string("</td>")).text(),
            "<td title=\"&quot; onload=&quot;x\">&lt;/td&gt;</td>");
}

TEST(Markup, MarkupGoesInAsItIsAndTextNeverTwice) {
  const Markup inner = html("<b>{}</b>", "a&b");
  EXPECT_EQ(html("<p>{} {}</p>", inner, 3).text(), "<p><b>a&amp;b</b> 3</p>");
}

TEST(Markup, ReplacesWhatAPageCannotHold) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped(std::string("a\0b", 3)), "a" + bad + "b");
  EXPECT_EQ(escaped("\x1B[31m"), bad + "[31m");
  EXPECT_EQ(escaped("caf\xE9!"), "caf" + bad + "!");              // Latin-1
  EXPECT_EQ(escaped("\xC0\xBCscript"), bad + bad + "script");     // '<' in more bytes than it needs
  EXPECT_EQ(escaped("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  EXPECT_EQ(escaped("\xE2\x82"), bad + bad);                      // cut off
  EXPECT_EQ(escaped("\xC2\x85"), bad);                            // C1 control
  EXPECT_EQ(escaped("\xE2\x82\xAC \xF0\x9F\x8E\xAC"), "\xE2\x82\xAC \xF0\x9F\x8E\xAC");  // as it is
}

TEST(Markup, EveryByteAloneOrInPairsLeavesTagsWhole) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string safe = escaped(text);
      ASSERT_EQ(safe.find_first_of("<>\"'"), std::string::npos) << first << " " << second;
      ASSERT_EQ(escaped(safe).find("\xEF\xBF\xBD") == std::string::npos,
                safe.find("\xEF\xBF\xBD") == std::string::npos);
    }
  }
}

TEST(Page, MayLoadNothingAndEscapesItsTitle) {
  const std::string text = page("</title><script>", html("<p>{}</p>", "x"));
  EXPECT_NE(text.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(text.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_EQ(text.find("http://"), std::string::npos);
  EXPECT_EQ(text.find("https://"), std::string::npos);
}

TEST(Axis, TicksAreRoundAndWithinTheScale) {
  const auto found = ticks({.low = 0.3, .high = 0.5, .from = 0, .to = 1}, 4);
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found.front().text, "0.30");
  EXPECT_EQ(found.back().text, "0.50");
  const auto powers = ticks({.low = 5, .high = 2e6, .from = 0, .to = 1, .logarithmic = true}, 4);
  ASSERT_GE(powers.size(), 3U);
  for (const Tick& tick : powers) EXPECT_NEAR(std::log10(tick.value), std::round(std::log10(tick.value)), 1e-9);
  double low = 7.0;
  double high = 7.0;
  round_out(low, high, 4);
  EXPECT_LT(low, 7.0);
  EXPECT_GT(high, 7.0);
}

TEST(Axis, ScalesMapTheirEnds) {
  const Scale linear{.low = 2, .high = 4, .from = 100, .to = 0};
  EXPECT_DOUBLE_EQ(linear(2), 100);
  EXPECT_DOUBLE_EQ(linear(3), 50);
  const Scale logarithmic{.low = 1, .high = 100, .from = 0, .to = 10, .logarithmic = true};
  EXPECT_NEAR(logarithmic(10), 5, 1e-12);
}

TEST(Charts, LinesSkipWhatIsNotANumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const LineChart chart{.label = "l", .x_name = "epoch", .series = {{"<a>", {{1, 2}, {2, nan}, {3, 4}}}}};
  const std::string svg = line_chart(chart).text();
  EXPECT_EQ(count_of(svg, "<circle"), 2U);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("<a>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;a&gt;, 3: 4"), std::string::npos);
  EXPECT_TRUE(line_chart({.label = "", .x_name = "", .series = {{"", {{1, nan}}}}}).empty());
  EXPECT_FALSE(line_chart({.label = "", .x_name = "", .series = {{"", {{1, 5}}}}}).empty());
}

TEST(Charts, BarsHaveAHeightInProportion) {
  const BarChart chart{
      .label = "b", .x_name = "", .labels = {"x", "y", "z"}, .series = {{.name = "", .values = {1.0, 0.0, 4.0}}}};
  const std::string svg = bar_chart(chart).text();
  EXPECT_EQ(count_of(svg, "<path class=\"bar"), 2U);  // nothing is drawn for 0
  EXPECT_NE(svg.find("<title>z: 4</title>"), std::string::npos);
  EXPECT_TRUE(bar_chart({.label = "", .x_name = "", .labels = {}, .series = {}}).empty());
}

TEST(Charts, IntervalsAroundZeroShowIt) {
  const std::string svg =
      interval_chart({.label = "", .rows = {{"run", -0.01, std::pair{-0.02, 0.03}, true}}, .show_zero = true}).text();
  EXPECT_EQ(count_of(svg, "class=\"zero\""), 1U);
  EXPECT_NE(svg.find("-0.0100"), std::string::npos);
}

TEST(Numbers, AsPeopleReadThem) {
  EXPECT_EQ(grouped(464600), "464,600");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(compact(464600), "465k");
  EXPECT_EQ(compact(1024), "1024");
  EXPECT_EQ(compact(999999), "1M");
  EXPECT_EQ(seconds_text(125), "2 min 05 s");
  EXPECT_EQ(seconds_text(0.0123), "0.012 s");
  EXPECT_EQ(bytes_text(223461376), "213 MiB");
  EXPECT_EQ(percent_text(0.047), "4.7 %");
}

}  // namespace
}  // namespace kindred
