// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/launch_history.h"

#include <map>

#include "tools/cudaemu/engine/grid.h"

namespace cudaemu {
namespace {

struct Entry {
  const Program* program;  // programs live as long as the process in practice: until their module is unloaded
  Dim3 grid, block;
};

// By first serial number. Launches run one at a time, so that nothing here needs a lock of its own.
std::map<std::uint32_t, Entry>& history() {
  static auto* instance = new std::map<std::uint32_t, Entry>;
  return *instance;
}

const std::pair<const std::uint32_t, Entry>& find(std::uint32_t serial) {
  return *std::prev(history().upper_bound(serial));
}

std::string triple(std::uint64_t index, const Dim3& extent) {
  return "(" + std::to_string(index % extent.x) + "," + std::to_string(index / extent.x % extent.y) + "," +
         std::to_string(index / (std::uint64_t{extent.x} * extent.y)) + ")";
}

}  // namespace

void remember_launch(const Grid& grid, std::uint32_t first_serial) {
  constexpr std::size_t kMost = 100000;
  history()[first_serial] = {&grid.program(), grid.launch().grid, grid.launch().block};
  if (history().size() > kMost) history().erase(history().begin());
}

bool same_launch(std::uint32_t serial, std::uint32_t other) { return find(serial).first == find(other).first; }

std::string describe_thread(std::uint32_t serial, std::uint32_t thread) {
  if (history().empty() || serial < history().begin()->first) return "an older launch";
  const auto& [first, entry] = find(serial);
  return "thread " + triple(thread, entry.block) + " of block " + triple(serial - first, entry.grid) + " of kernel " +
         entry.program->traits().name;
}

std::vector<std::string> lines_in_launch(std::uint32_t serial, std::uint32_t instruction) {
  if (history().empty() || serial < history().begin()->first) return {};
  return find(serial).second.program->lines_of(instruction);
}

}  // namespace cudaemu
