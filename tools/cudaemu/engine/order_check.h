// SPDX-License-Identifier: Apache-2.0
// The other side of order.h: what the operation that runs on this thread may not touch because nothing orders it after
// others that have already run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cudaemu {

// Operations that have run and do not happen before the current one.
struct UnorderedBefore {
  struct Launch {
    std::uint32_t first_serial, last_serial;
    std::string what;
  };
  struct Range {
    std::uint64_t begin, end;  // addresses
    bool is_write;
    std::string what;
  };
  std::vector<Launch> launches;
  std::vector<Range> ranges;
};

UnorderedBefore unordered_before_current();
// The launch with these blocks runs as the current operation.
void launch_runs(std::uint32_t first_serial, std::uint32_t last_serial);

}  // namespace cudaemu
