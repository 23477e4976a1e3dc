// SPDX-License-Identifier: Apache-2.0
// What a thread knows to have happened in other threads: for some blocks, the clock of each of their threads. Views are
// never changed once they are shared; merging makes a new one unless one side holds it all already.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace cudaemu {

using ThreadClocks = std::vector<std::uint32_t>;  // by thread of a block

struct View {
  std::vector<std::pair<std::uint32_t, std::shared_ptr<const ThreadClocks>>> blocks;  // by serial number, ascending
  const ThreadClocks* find(std::uint32_t block) const;
};
using SharedView = std::shared_ptr<const View>;  // null: knows nothing

SharedView merged(const SharedView& a, const SharedView& b);
SharedView with_block(const SharedView& view, std::uint32_t block, std::shared_ptr<const ThreadClocks> clocks);

}  // namespace cudaemu
