// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/time_text.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace kindred {

namespace {

// Reads from the front of a text; every read that does not fit makes the whole text no time.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool good() const { return good_; }
  bool at_end() const { return text_.empty(); }
  bool accept(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = accept(c) && good_; }

  int digits(std::size_t count, int max) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = text_.empty() ? 'x' : text_.front();
      if (c < '0' || c > '9') {
        good_ = false;
        return 0;
      }
      value = value * 10 + (c - '0');
      text_.remove_prefix(1);
    }
    good_ = good_ && value <= max;
    return value;
  }

  double fraction() {
    double value = 0.0;
    double unit = 0.1;
    good_ = good_ && !text_.empty();
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      value += unit * (text_.front() - '0');
      unit /= 10;
      text_.remove_prefix(1);
    }
    return value;
  }

 private:
  std::string_view text_;
  bool good_ = true;
};

std::optional<double> parse_epoch(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  const double size = std::abs(value);
  return value / (size < 1e11 ? 1.0 : size < 1e14 ? 1e3 : size < 1e17 ? 1e6 : 1e9);
}

std::optional<double> parse_iso(std::string_view text) {
  Reader reader(text);
  const int year = reader.digits(4, 9999);
  reader.expect('-');
  const int month = reader.digits(2, 12);
  reader.expect('-');
  const int day = reader.digits(2, 31);
  double seconds = 0.0;
  if (reader.accept('T') || reader.accept(' ')) {
    seconds = reader.digits(2, 23) * 3600.0;
    reader.expect(':');
    seconds += reader.digits(2, 59) * 60.0;
    if (reader.accept(':')) {
      seconds += reader.digits(2, 60);
      if (reader.accept('.')) seconds += reader.fraction();
    }
    const bool east = reader.accept('+');
    if (east || reader.accept('-')) {
      const double hours = reader.digits(2, 23) * 3600.0;
      reader.expect(':');
      const double offset = hours + reader.digits(2, 59) * 60.0;
      seconds += east ? -offset : offset;
    } else {
      reader.accept('Z');
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.good() || !reader.at_end() || !date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400.0 + seconds;
}

}  // namespace

std::optional<double> parse_time(std::string_view text) {
  const std::optional<double> epoch = parse_epoch(text);
  return epoch ? epoch : parse_iso(text);
}

}  // namespace kindred
