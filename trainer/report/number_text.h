// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace kindred {

std::string grouped(std::int64_t count);         // "464,600"
std::string compact(double value);               // "950", "34.5k", "1.2M", "0.25", "3e-05"; for axes and tiles
std::string seconds_text(double seconds);        // "0.25 s", "14.2 s", "3 min 05 s", "1 h 02 min"
std::string bytes_text(double bytes);            // "213 MiB"
std::string percent_text(double share);          // "4.7 %"
std::string metric_text(double value);           // "0.3544"
std::string difference_text(double difference);  // "+0.1116"

}  // namespace kindred
