// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/row_writer.h"

#include "trainer/config/timestamp.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace kindred {

namespace {

// 2^53: integers beyond are not all doubles, so a double there may be another id than the one meant.
constexpr double kExactIntegers = 9007199254740992.0;

std::string value_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::missing:
      return "the value is missing";
    case Value::Kind::text:
      return fmt::format("value '{}'", shown(value.text));
    case Value::Kind::integer:
    case Value::Kind::milliseconds:
      return fmt::format("value {}", value.integer);
    case Value::Kind::number:
      return fmt::format("value {}", value.number);
    case Value::Kind::unusable:
      return std::string(value.text);
  }
  return "";
}

BadRow missing(Role role) {
  switch (role) {
    case Role::user:
      return BadRow::missing_user;
    case Role::item:
      return BadRow::missing_item;
    case Role::event:
      return BadRow::missing_event;
    case Role::session:
      return BadRow::missing_session;
    case Role::weight:
      return BadRow::missing_weight;
    case Role::timestamp:
      return BadRow::missing_timestamp;
  }
  return BadRow::malformed;
}

constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  // Few digits: mantissa and power of ten are both exact doubles, so one division rounds correctly.
  if (text.size() <= 16) {
    std::size_t place = text[0] == '-' ? 1 : 0;
    std::int64_t mantissa = 0;
    std::size_t digits = 0;
    std::size_t decimals = 0;
    bool point = false;
    for (; place < text.size(); ++place) {
      const unsigned digit = static_cast<unsigned char>(text[place]) - unsigned{'0'};
      if (digit <= 9) {
        mantissa = mantissa * 10 + digit;
        ++digits;
        decimals += point ? 1 : 0;
      } else if (text[place] == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (place == text.size() && digits > 0 && digits <= 15) {
      const double number = static_cast<double>(mantissa) / kPowersOfTen[decimals];
      return text[0] == '-' ? -number : number;
    }
  }
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || error != std::errc() || !std::isfinite(number)) return std::nullopt;
  return number;
}

RowWriter::RowWriter(const ColumnLayout& layout, const DataConfig& data, RowBlock& rows)
    : layout_(layout), rows_(rows), unit_(data.timestamp_unit) {
  for (std::size_t role = 0; role < kRoles; ++role) {
    wanted_[role] = layout.wanted(static_cast<Role>(role));
    has_constants_ = has_constants_ || layout.constant[role].has_value();
  }
}

void RowWriter::add_invalid(BadRow cause, Role role, const Value& value, std::string_view expected, std::int64_t line) {
  rows_.add_bad(cause, line, [&] {
    return fmt::format("{}: {}; expected {}", layout_.label[static_cast<std::size_t>(role)], value_text(value),
                       expected);
  });
}

void RowWriter::add_wrong_columns(std::int64_t found, std::int64_t line) {
  ++rows_.rows_read;
  rows_.add_bad(BadRow::wrong_columns, line, [&] {
    return fmt::format("{} column{}; expected {} as in the first line", found, found == 1 ? "" : "s",
                       layout_.num_columns);
  });
}

void RowWriter::add_malformed(std::string_view what, std::int64_t line) {
  ++rows_.rows_read;
  rows_.add_bad(BadRow::malformed, line, [&] { return std::string(what); });
}

bool RowWriter::read_id(Role role, const Value& value, IdKey& key, std::int64_t line) {
  constexpr std::string_view kExpected = "an id: text in UTF-8 or a whole number";
  switch (value.kind) {
    case Value::Kind::text:
      key = IdKey::of(value.text);
      if (key.integer || valid_utf8(value.text)) return true;
      add_invalid(BadRow::invalid_id, role, value, kExpected, line);
      return false;
    case Value::Kind::integer:
    case Value::Kind::milliseconds:
      key = {true, value.integer, {}};
      return true;
    case Value::Kind::number:
      if (value.number == std::floor(value.number) && std::abs(value.number) <= kExactIntegers) {
        key = {true, static_cast<std::int64_t>(value.number), {}};
        return true;
      }
      if (!std::isnan(value.number)) {
        add_invalid(BadRow::invalid_id, role, value, kExpected, line);
        return false;
      }
      [[fallthrough]];  // NaN is how numeric columns spell a missing value
    case Value::Kind::missing:
      add_invalid(missing(role), role, Value(), kExpected, line);
      return false;
    case Value::Kind::unusable:
      add_invalid(BadRow::invalid_id, role, value, kExpected, line);
      return false;
  }
  return false;
}

bool RowWriter::read_weight(const Value& value, float& weight, std::int64_t line) {
  std::optional<double> number;
  if (value.kind == Value::Kind::text) {
    number = parse_number(value.text);
  } else if (value.kind == Value::Kind::integer) {
    number = static_cast<double>(value.integer);
  } else if (value.kind == Value::Kind::number) {
    number = value.number;
  }
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (number && std::abs(*number) <= kLargest) {
    weight = static_cast<float>(*number);
    return true;
  }
  const bool none = value.kind == Value::Kind::missing;
  add_invalid(none ? BadRow::missing_weight : BadRow::invalid_weight, Role::weight, value, "a finite number", line);
  return false;
}

bool RowWriter::read_timestamp(const Value& value, std::int64_t& ms, std::int64_t line) {
  std::optional<std::int64_t> time;
  if (value.kind == Value::Kind::text) {
    time = timestamp_ms(value.text, unit_);
  } else if (value.kind == Value::Kind::milliseconds) {
    time = value.integer;
  } else if (value.kind == Value::Kind::integer) {
    time = timestamp_ms(value.integer, unit_);
  } else if (value.kind == Value::Kind::number) {
    time = timestamp_ms(value.number, unit_);
  }
  if (time) {
    ms = *time;
    return true;
  }
  const bool none = value.kind == Value::Kind::missing;
  add_invalid(none ? BadRow::missing_timestamp : BadRow::invalid_timestamp, Role::timestamp, value,
              timestamp_expectation(unit_), line);
  return false;
}

void RowWriter::finish() {
  for (std::size_t role = 0; role < kIdRoles; ++role) {
    if (!wanted_[role]) continue;
    for (std::size_t row = 0; row < num_waiting_; ++row) {
      rows_.codes[role].push_back(rows_.ids[role].map(waiting_[role][row]));
    }
  }
  num_waiting_ = 0;
}

void RowWriter::add(RowValues& values, std::int64_t line, bool lasting) {
  ++rows_.rows_read;
  if (has_constants_) {
    for (std::size_t role = 0; role < kRoles; ++role) {
      if (layout_.constant[role]) values[role] = Value::of_text(*layout_.constant[role]);
    }
  }
  // Everything is checked before any id is mapped: ids of bad rows get no code.
  for (std::size_t role = 0; role < kIdRoles; ++role) {
    if (wanted_[role] && !read_id(static_cast<Role>(role), values[role], waiting_[role][num_waiting_], line)) return;
  }
  float weight = 1.0F;
  std::int64_t ms = 0;
  constexpr auto kWeight = static_cast<std::size_t>(Role::weight);
  constexpr auto kTimestamp = static_cast<std::size_t>(Role::timestamp);
  if (wanted_[kWeight] && !read_weight(values[kWeight], weight, line)) return;
  if (wanted_[kTimestamp] && !read_timestamp(values[kTimestamp], ms, line)) return;
  for (std::size_t role = 0; role < kIdRoles; ++role) {
    if (wanted_[role]) rows_.ids[role].prefetch(waiting_[role][num_waiting_]);
  }
  if (wanted_[kWeight]) rows_.weights.push_back(weight);
  if (wanted_[kTimestamp]) rows_.timestamps.push_back(ms);
  ++num_waiting_;
  if (num_waiting_ == kWaiting || !lasting) finish();
}

}  // namespace kindred
