// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/timestamp.h"

#include "kernels/core/check.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace kindred {

namespace {

constexpr std::int64_t kLimitMs = 9'000'000'000'000'000;

// Days from 1970-01-01 to a day of the proleptic Gregorian calendar: years run from March, 400 of them are an era.
std::int64_t days_since_epoch(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int days_in_month(std::int64_t year, std::int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

class IsoParser {
 public:
  explicit IsoParser(std::string_view text) : text_(text) {}

  std::optional<std::int64_t> parse() {
    std::int64_t year = 0;
    std::int64_t month = 0;
    std::int64_t day = 0;
    if (!digits(4, year) || !take('-') || !digits(2, month) || !take('-') || !digits(2, day)) return std::nullopt;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
    std::int64_t ms = days_since_epoch(year, month, day) * 86'400'000;
    if (at_end()) return ms;
    if (!take('T') && !take('t') && !take(' ')) return std::nullopt;
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    if (!digits(2, hour) || !take(':') || !digits(2, minute)) return std::nullopt;
    if (take(':') && !digits(2, second)) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
    ms += ((hour * 60 + minute) * 60 + second) * 1000;
    if ((take('.') || take(',')) && !fraction(ms)) return std::nullopt;
    if (!zone(ms) || !at_end()) return std::nullopt;
    return ms;
  }

 private:
  bool at_end() const { return place_ == text_.size(); }
  bool take(char wanted) {
    if (at_end() || text_[place_] != wanted) return false;
    ++place_;
    return true;
  }
  bool is_digit() const { return !at_end() && text_[place_] >= '0' && text_[place_] <= '9'; }
  bool digits(int count, std::int64_t& value) {
    value = 0;
    for (int taken = 0; taken < count; ++taken) {
      if (!is_digit()) return false;
      value = value * 10 + (text_[place_++] - '0');
    }
    return true;
  }
  bool fraction(std::int64_t& ms) {
    if (!is_digit()) return false;
    for (std::int64_t worth = 100; is_digit(); worth /= 10) ms += worth * (text_[place_++] - '0');
    return true;
  }
  bool zone(std::int64_t& ms) {
    if (at_end() || take('Z') || take('z')) return true;
    take(' ');  // "2011-12-09 12:50:00 +0100"
    const bool west = take('-');
    if (!west && !take('+')) return false;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!digits(2, hours)) return false;
    if (!at_end()) {
      take(':');
      if (!digits(2, minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    ms += (west ? 1 : -1) * (hours * 60 + minutes) * 60'000;
    return true;
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

std::optional<std::int64_t> within_limit(std::int64_t ms) {
  if (ms > kLimitMs || ms < -kLimitMs) return std::nullopt;
  return ms;
}

// "1396860669.277" as seconds: exact, where a double would lose the last digit.
std::optional<std::int64_t> plain_decimal_seconds(std::string_view text) {
  const std::size_t sign = text[0] == '-' ? 1 : 0;
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == sign || point - sign > 10) return std::nullopt;
  std::int64_t ms = 0;
  for (std::size_t place = sign; place < point; ++place) {
    if (text[place] < '0' || text[place] > '9') return std::nullopt;
    ms = ms * 10 + (text[place] - '0');
  }
  ms *= 1000;
  std::int64_t worth = 100;
  for (std::size_t place = point + 1; place < text.size(); ++place, worth /= 10) {
    if (text[place] < '0' || text[place] > '9') return std::nullopt;
    ms += worth * (text[place] - '0');
  }
  return sign ? -ms : ms;
}

}  // namespace

std::optional<std::int64_t> timestamp_ms(std::int64_t number, TimestampUnit unit) {
  const std::uint64_t magnitude =
      number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  switch (unit) {
    case TimestampUnit::iso8601:
      return std::nullopt;
    case TimestampUnit::milliseconds:
      return within_limit(number);
    case TimestampUnit::seconds:
      return magnitude > kLimitMs / 1000 ? std::nullopt : std::optional(number * 1000);
    case TimestampUnit::automatic:
      break;
  }
  if (magnitude < 100'000'000'000) return number * 1000;
  if (magnitude < 100'000'000'000'000) return number;
  // Towards the past, so that order is kept on both sides of 1970.
  const std::int64_t divisor = magnitude < 100'000'000'000'000'000 ? 1000 : 1'000'000;
  return number / divisor - (number % divisor < 0 ? 1 : 0);
}

std::optional<std::int64_t> timestamp_ms(double number, TimestampUnit unit) {
  if (!std::isfinite(number) || unit == TimestampUnit::iso8601) return std::nullopt;
  const double magnitude = std::abs(number);
  double ms = number;
  if (unit == TimestampUnit::seconds || (unit == TimestampUnit::automatic && magnitude < 1e11)) {
    ms = number * 1000.0;
  } else if (unit == TimestampUnit::automatic && magnitude >= 1e14) {
    ms = number / (magnitude < 1e17 ? 1e3 : 1e6);
  }
  // A double holds today's seconds to 2e-7: rounding to microseconds first undoes that error before the cut.
  if (std::abs(ms) < 1e15) ms = std::round(ms * 1e3) / 1e3;
  if (std::abs(ms) > static_cast<double>(kLimitMs)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(ms));
}

std::optional<std::int64_t> timestamp_ms(std::string_view text, TimestampUnit unit) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  if (unit == TimestampUnit::iso8601) return IsoParser(text).parse();
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  if (const auto result = std::from_chars(text.data(), end, integer); result.ptr == end) {
    return result.ec == std::errc() ? timestamp_ms(integer, unit) : std::nullopt;
  }
  if (unit != TimestampUnit::milliseconds) {
    if (const std::optional<std::int64_t> ms = plain_decimal_seconds(text);
        ms && (unit == TimestampUnit::seconds || std::abs(*ms) < 100'000'000'000'000)) {
      return ms;
    }
  }
  double number = 0.0;
  if (const auto result = std::from_chars(text.data(), end, number); result.ptr == end) {
    return result.ec == std::errc() ? timestamp_ms(number, unit) : std::nullopt;
  }
  return unit == TimestampUnit::automatic ? IsoParser(text).parse() : std::nullopt;
}

std::string_view timestamp_expectation(TimestampUnit unit) {
  switch (unit) {
    case TimestampUnit::automatic:
      return "epoch seconds or milliseconds, or ISO 8601 (2011-12-09T12:50:00Z)";
    case TimestampUnit::seconds:
      return "epoch seconds (data.timestamp_unit: seconds)";
    case TimestampUnit::milliseconds:
      return "epoch milliseconds (data.timestamp_unit: milliseconds)";
    case TimestampUnit::iso8601:
      return "ISO 8601, as 2011-12-09T12:50:00Z (data.timestamp_unit: iso8601)";
  }
  return "";
}

std::int64_t parse_timestamp_ms(std::string_view text, TimestampUnit unit, std::string_view what) {
  const std::optional<std::int64_t> ms = timestamp_ms(text, unit);
  if (!ms) fail(ErrorKind::data, "{}: '{}' is not a time; expected {}", what, text, timestamp_expectation(unit));
  return *ms;
}

}  // namespace kindred
