// SPDX-License-Identifier: Apache-2.0
// Times against values of `date -u -d ... +%s` and of Python's datetime.
#include "trainer/config/timestamp.h"

#include "kernels/core/check.h"

#include <gtest/gtest.h>

#include <ctime>
#include <limits>

namespace kindred {
namespace {

constexpr auto kAuto = TimestampUnit::automatic;

TEST(Timestamp, Iso8601) {
  EXPECT_EQ(timestamp_ms("1970-01-01", kAuto), 0);
  EXPECT_EQ(timestamp_ms("2010-12-01 08:26:00", kAuto), 1291191960000);
  EXPECT_EQ(timestamp_ms("2010-12-01T08:26", kAuto), 1291191960000);
  EXPECT_EQ(timestamp_ms("2019-11-24 00:01:03.979311+00:00", kAuto), 1574553663979);
  EXPECT_EQ(timestamp_ms("2000-02-29T23:59:59.5Z", kAuto), 951868799500);
  EXPECT_EQ(timestamp_ms("2011-12-09T12:50:00+01:00", kAuto), 1323431400000);
  EXPECT_EQ(timestamp_ms("2011-12-09T12:50:00-0530", kAuto), 1323454800000);
  EXPECT_EQ(timestamp_ms("1960-06-15T00:00:00Z", kAuto), -301276800000);
  for (const char* text :
       {"2011-02-29", "2011-13-01", "2011-00-01", "2011-1-1", "2011-01-01T24:00", "2011-01-01T1:00", "2011-01-01X",
        "2011-01-01T10:00:00 ", "2011-01-01T10:00:00.", "yesterday", "", " ", "12/01/2010"}) {
    const bool trailing_space = std::string_view(text) == "2011-01-01T10:00:00 ";
    EXPECT_EQ(timestamp_ms(text, kAuto).has_value(), trailing_space) << text;
  }
}

TEST(Timestamp, EveryDayAgreesWithTheSystemCalendar) {
  for (std::int64_t day = -30000; day < 60000; ++day) {
    const std::time_t seconds = day * 86400;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
    ASSERT_EQ(timestamp_ms(text, TimestampUnit::iso8601), day * 86'400'000) << text;
  }
}

TEST(Timestamp, NumbersByMagnitude) {
  EXPECT_EQ(timestamp_ms("978300760", kAuto), 978300760000);
  EXPECT_EQ(timestamp_ms("978300760123", kAuto), 978300760123);
  EXPECT_EQ(timestamp_ms("978300760123456", kAuto), 978300760123);
  EXPECT_EQ(timestamp_ms("978300760123456789", kAuto), 978300760123);
  EXPECT_EQ(timestamp_ms("99999999999", kAuto), 99999999999000);
  EXPECT_EQ(timestamp_ms("100000000000", kAuto), 100000000000);
  EXPECT_EQ(timestamp_ms("1396860669.277", kAuto), 1396860669277);
  EXPECT_EQ(timestamp_ms("1396437466.94", kAuto), 1396437466940);
  EXPECT_EQ(timestamp_ms(1396860669.277, kAuto), 1396860669277);
  EXPECT_EQ(timestamp_ms("1.3e9", kAuto), 1300000000000);
  EXPECT_EQ(timestamp_ms("-5", kAuto), -5000);
  EXPECT_EQ(timestamp_ms("0", kAuto), 0);
  EXPECT_EQ(timestamp_ms(" 12 ", kAuto), 12000);
}

TEST(Timestamp, GivenUnits) {
  EXPECT_EQ(timestamp_ms("5", TimestampUnit::milliseconds), 5);
  EXPECT_EQ(timestamp_ms("978300760123", TimestampUnit::seconds), 978300760123000);
  EXPECT_EQ(timestamp_ms("978300760", TimestampUnit::iso8601), std::nullopt);
  EXPECT_EQ(timestamp_ms("2020-01-01", TimestampUnit::seconds), std::nullopt);
  EXPECT_EQ(timestamp_ms("9223372036854775807", TimestampUnit::seconds), std::nullopt);
  EXPECT_EQ(timestamp_ms("9223372036854775808", kAuto), std::nullopt);
  EXPECT_EQ(timestamp_ms("nan", kAuto), std::nullopt);
  EXPECT_EQ(timestamp_ms("inf", kAuto), std::nullopt);
  EXPECT_EQ(timestamp_ms(std::numeric_limits<double>::quiet_NaN(), kAuto), std::nullopt);
  EXPECT_EQ(timestamp_ms(std::numeric_limits<std::int64_t>::min(), TimestampUnit::seconds), std::nullopt);
  EXPECT_TRUE(timestamp_ms(std::numeric_limits<std::int64_t>::min(), kAuto).has_value());
  EXPECT_EQ(parse_timestamp_ms("2020-01-01", kAuto, "filter.time_from"), 1577836800000);
  EXPECT_THROW(parse_timestamp_ms("soon", kAuto, "filter.time_from"), Error);
}

}  // namespace
}  // namespace kindred
