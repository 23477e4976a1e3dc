// SPDX-License-Identifier: Apache-2.0
// A point in time as it is written in a configuration: epoch seconds ("1322728000.25"; numbers from 1e11, 1e14 and
// 1e17 are milli-, micro- and nanoseconds), or ISO 8601: "YYYY-MM-DD", then optionally "T" or a space and
// "HH:MM[:SS[.fraction]]", then optionally "Z" or "+HH:MM"; without a zone it is UTC. Result in seconds since
// 1970-01-01T00:00:00Z; nothing where the text is no time.
#pragma once

#include <optional>
#include <string_view>

namespace kindred {

std::optional<double> parse_time(std::string_view text);

}  // namespace kindred
