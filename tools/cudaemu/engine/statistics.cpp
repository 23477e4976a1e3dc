// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/statistics.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

#include "tools/cudaemu/engine/loaded_module.h"
#include "tools/cudaemu/engine/options.h"

namespace cudaemu {
namespace {

struct Kept {
  std::uint64_t launches = 0, instructions = 0;
};

struct State {
  std::mutex mutex;
  std::map<std::string, Kept> kernels;
  std::map<std::pair<std::string, std::uint32_t>, bool> lines;
};

State& state() {
  static State* instance = new State;
  return *instance;
}

void write() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  std::FILE* file = std::fopen(options().stat_file.c_str(), "a");
  if (!file) return std::perror("cudaemu: CUDAEMU_STAT");
  for (const auto& [name, kept] : s.kernels)
    std::fprintf(file, "kernel %s %llu %llu\n", name.c_str(), static_cast<unsigned long long>(kept.launches),
                 static_cast<unsigned long long>(kept.instructions));
  for (const auto& [line, executed] : s.lines)
    std::fprintf(file, "line %s:%u %d\n", line.first.c_str(), line.second, executed ? 1 : 0);
  std::fclose(file);
}

}  // namespace

void count_launch(Program& program, std::uint64_t thread_instructions) {
  if (options().stat_file.empty()) return;
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(write); });
  State& s = state();
  const std::lock_guard lock(s.mutex);
  Kept& kept = s.kernels[program.traits().name];
  ++kept.launches;
  kept.instructions += thread_instructions;
  const ptx::Module& module = program.module().parsed();
  const std::vector<bool> executed = program.executed();
  for (std::uint32_t number = 0; number < executed.size(); ++number) {
    const std::uint32_t location = program.source_of(number).location;
    if (location == 0) continue;
    if (module.locations[location].line == 0) continue;  // the compiler's own
    const ptx::Location& at = module.locations[location];
    if (at.file >= module.files.size()) continue;
    s.lines[{module.files[at.file], at.line}] |= executed[number];
  }
}

}  // namespace cudaemu
