// SPDX-License-Identifier: Apache-2.0
// Checks the values of one row and adds it to a RowBlock, or counts it as bad: the same rules for every table format.
//   ids        text as it stands (spaces count), integers, and numbers without a fraction; empty or null: missing
//   weight     a finite number that fits a float, spaces around it allowed
//   timestamp  see trainer/config/timestamp.h
#pragma once

#include "trainer/data/readers/column_layout.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kindred {

// A decimal number with optional sign, fraction and exponent, spaces around it allowed; finite.
std::optional<double> parse_number(std::string_view text);

struct Value {
  enum class Kind : std::uint8_t { missing, text, integer, number, milliseconds, unusable };
  Kind kind = Kind::missing;
  std::int64_t integer = 0;  // milliseconds: a timestamp whose unit the format knows
  double number = 0.0;
  std::string_view text;  // unusable: what was found ("a list")

  static Value of_text(std::string_view text) {
    Value value;
    value.kind = text.empty() ? Kind::missing : Kind::text;
    value.text = text;
    return value;
  }
  static Value of_integer(std::int64_t integer, Kind kind = Kind::integer) {
    Value value;
    value.kind = kind;
    value.integer = integer;
    return value;
  }
  static Value of_number(double number) {
    Value value;
    value.kind = Kind::number;
    value.number = number;
    return value;
  }
  static Value unusable(std::string_view found) {
    Value value;
    value.kind = Kind::unusable;
    value.text = found;
    return value;
  }
};

using RowValues = std::array<Value, kRoles>;

class RowWriter {
 public:
  RowWriter(const ColumnLayout& layout, const DataConfig& data, RowBlock& rows);

  // `line`: 0-based, from the first of the block. Values of roles that are not wanted are not looked at; those of
  // constant roles are supplied. `lasting`: texts of the values stay in place until finish().
  void add(RowValues& values, std::int64_t line, bool lasting);
  void add_wrong_columns(std::int64_t found, std::int64_t line);
  void add_malformed(std::string_view what, std::int64_t line);
  // After the last row.
  void finish();

 private:
  bool read_id(Role role, const Value& value, IdKey& key, std::int64_t line);
  bool read_weight(const Value& value, float& weight, std::int64_t line);
  bool read_timestamp(const Value& value, std::int64_t& ms, std::int64_t line);
  void add_invalid(BadRow cause, Role role, const Value& value, std::string_view expected, std::int64_t line);

  const ColumnLayout& layout_;
  RowBlock& rows_;
  TimestampUnit unit_;
  std::array<bool, kRoles> wanted_;
  bool has_constants_ = false;
  // Rows whose ids are not mapped yet: their places in the id tables are on the way from memory meanwhile.
  static constexpr std::size_t kWaiting = 16;
  std::array<std::array<IdKey, kWaiting>, kIdRoles> waiting_;
  std::size_t num_waiting_ = 0;
};

}  // namespace kindred
