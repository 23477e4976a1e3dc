// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/number_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace kindred {

std::string grouped(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string compact(double value) {
  const double size = std::abs(value);
  if (size >= 999.5e9) return fmt::format("{:.3g}", value);
  if (size >= 999.5e6) return fmt::format("{:.3g}G", value / 1e9);
  if (size >= 999.5e3) return fmt::format("{:.3g}M", value / 1e6);
  if (size >= 9999.5) return fmt::format("{:.3g}k", value / 1e3);
  return size >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string seconds_text(double seconds) {
  if (seconds < 1.0) return fmt::format("{:.2g} s", seconds);
  if (seconds < 60.0) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string bytes_text(double bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024.0;
  return fmt::format("{:.3g} {}", bytes, kUnits[unit]);
}

std::string percent_text(double share) {
  return fmt::format("{:.{}f} %", share * 100.0, std::abs(share) < 0.1 ? 1 : 0);
}
std::string metric_text(double value) { return fmt::format("{:.{}f}", value, std::abs(value) < 10.0 ? 4 : 1); }
std::string difference_text(double difference) { return fmt::format("{:+.4f}", difference); }

}  // namespace kindred
