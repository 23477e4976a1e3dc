// SPDX-License-Identifier: Apache-2.0
// What the environment says about how to run and what to check; read once.
//
//   CUDAEMU_ORDER=fwd|rev|rand:SEED   order of blocks and warps, when asynchronous copies land
//   CUDAEMU_CHECKS=all|none|-NAME,... which checks are on: bounds, unwritten, race, barrier (divergent or partial),
//                                     lanes, leak
//   CUDAEMU_THREADS=N                 host threads that run blocks when the race check is off (default: all)
//   CUDAEMU_REPORT=abort|collect      what a report does (report.h)
//   CUDAEMU_REPORT_FILE=PATH          reports are also appended here
//   CUDAEMU_STAT=PATH                 counts per kernel and source lines are appended here at exit (statistics.h)
//   CUDAEMU_MEMORY=BYTES              memory of one device (default 16 GiB)
#pragma once

#include <cstdint>
#include <string>

namespace cudaemu {

enum class Order { forward, reverse, random };

struct Checks {
  bool bounds = true;
  bool unwritten = true;
  bool race = true;
  bool barrier = true;
  bool lanes = true;
  bool leak = true;
};

struct Options {
  Order order = Order::forward;
  std::uint64_t seed = 1;
  Checks checks;
  int threads = 1;
  bool abort_on_report = true;
  std::string report_file;
  std::string stat_file;
  std::size_t device_bytes = std::size_t{16} << 30;
};

const Options& options();

}  // namespace cudaemu
