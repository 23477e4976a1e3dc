// SPDX-License-Identifier: Apache-2.0
// When events happen: an intensity over the days of a log, and time as its inverse distribution.
//     intensity(hour h of day d) ~ (1 + .6 cos(2 pi (h - 20) / 24)) * weekday(d) * (1 + .5 d / days)
// weekday: 1 on Monday to Friday, 1.3 on Saturday and Sunday; the peak is at 20:00 UTC; the log grows by half.
// Within an hour time is uniform. The positions 0 and 1 are the first and last second.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred {

class Season {
 public:
  Season(std::int64_t start, std::int64_t days);
  // Epoch seconds at which the share `position` of [0, 1] of the events lies behind.
  std::int64_t time_at(double position) const;

 private:
  std::int64_t start_;
  std::vector<double> cumulative_;  // [hours + 1], from 0 to 1
};

}  // namespace kindred
