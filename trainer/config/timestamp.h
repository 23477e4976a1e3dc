// SPDX-License-Identifier: Apache-2.0
// Timestamps as text or numbers, of events and of configurations alike -> epoch milliseconds; finer parts are cut off.
//   automatic     a number by its magnitude: |x| < 1e11 seconds (to the year 5138), < 1e14 milliseconds,
//                 < 1e17 microseconds, else nanoseconds; anything else as ISO 8601
//   seconds, milliseconds    a number, with a fraction or exponent if need be
//   iso8601       2011-12-09, 2011-12-09 12:50, 2011-12-09T12:50:03.25+01:00 (also Z, +0100, +01; no zone: UTC)
// A date without dashes (20111209) is a number. Nothing is returned for text that fits none of these, for days that
// the calendar has not, and beyond +-9e15 ms.
#pragma once

#include "trainer/config/data_config.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace kindred {

std::optional<std::int64_t> timestamp_ms(std::string_view text, TimestampUnit unit);
std::optional<std::int64_t> timestamp_ms(std::int64_t number, TimestampUnit unit);
std::optional<std::int64_t> timestamp_ms(double number, TimestampUnit unit);

// What a timestamp should look like, for messages.
std::string_view timestamp_expectation(TimestampUnit unit);

// Throws Error(data) naming `what` where the text is no time.
std::int64_t parse_timestamp_ms(std::string_view text, TimestampUnit unit, std::string_view what);

}  // namespace kindred
