// SPDX-License-Identifier: Apache-2.0
// How fast events are read: rows and MB a second, peak memory.
//   read_bench PATH [--threads N] [--separator S] [--format table|lists|sequences] [--user C] [--item C] [--weight C]
//                   [--timestamp C] [--max-bad-rows N] [--fingerprint] [--checksums]
// --checksums prints, for comparing with other programs, the sums over rows r of (r mod 1009) times user code, item
// code, weight, and epoch milliseconds mod 100003.
#include "trainer/data/events.h"

#include <sys/resource.h>

#include <fmt/core.h>

#include <chrono>
#include <string_view>

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_mb() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void run(int argc, char** argv) {
  kindred::DataConfig data;
  int threads = kindred::available_threads();
  bool fingerprint = false;
  bool checksums = false;
  for (int place = 1; place < argc; ++place) {
    const std::string_view option = argv[place];
    const char* const value = place + 1 < argc ? argv[place + 1] : "";
    if (!option.starts_with("--")) {
      data.path.emplace_back(option);
      continue;
    }
    if (option == "--checksums") {
      checksums = true;
      continue;
    }
    if (option == "--fingerprint") {
      fingerprint = true;
      continue;
    }
    ++place;
    if (option == "--threads") threads = std::stoi(value);
    if (option == "--separator") data.separator = value;
    if (option == "--format" && std::string_view(value) == "lists") data.format = kindred::DataFormat::lists;
    if (option == "--format" && std::string_view(value) == "sequences") data.format = kindred::DataFormat::sequences;
    if (option == "--user") data.columns.user = value;
    if (option == "--item") data.columns.item = value;
    if (option == "--weight") data.columns.weight = value;
    if (option == "--timestamp") data.columns.timestamp = value;
    if (option == "--max-bad-rows") data.max_bad_rows = std::stoll(value);
  }
  kindred::ThreadPool pool(threads);
  if (fingerprint) {
    const auto start = std::chrono::steady_clock::now();
    const kindred::SourceFingerprint source = kindred::source_fingerprint(data.path, pool);
    const double seconds = seconds_since(start);
    fmt::print("fingerprint {}: {:.3f} s, {:.0f} MB/s\n", source.hex, seconds,
               static_cast<double>(source.bytes) / seconds / 1e6);
  }
  const auto start = std::chrono::steady_clock::now();
  const kindred::RawEvents events = kindred::read_events(data, pool);
  const double seconds = seconds_since(start);
  const auto rows = static_cast<double>(events.counts.rows_read);
  const std::int64_t result_bytes = events.users.codes.size() * 4 + events.items.codes.size() * 4 +
                                    events.weights.size() * 4 + events.timestamps.size() * 8;
  fmt::print(
      "{} rows kept of {}, {} users, {} items; {} threads: {:.3f} s, {:.2f} M rows/s, {:.0f} MB/s of file; "
      "peak {:.0f} MB, result {:.0f} MB\n",
      events.size(), events.counts.rows_read, events.users.ids.size(), events.items.ids.size(), threads, seconds,
      rows / seconds / 1e6, static_cast<double>(events.bytes_read) / seconds / 1e6, peak_mb(),
      static_cast<double>(result_bytes) / 1048576.0);
  if (checksums) {
    std::int64_t user_sum = 0;
    std::int64_t item_sum = 0;
    double weight_sum = 0.0;
    std::int64_t time_sum = 0;
    for (std::int64_t row = 0; row < events.size(); ++row) {
      user_sum += row % 1009 * events.users.codes[row];
      item_sum += row % 1009 * events.items.codes[row];
      if (!events.weights.empty())
        weight_sum += static_cast<double>(row % 1009) * static_cast<double>(events.weights[row]);
      if (!events.timestamps.empty()) time_sum += row % 1009 * (events.timestamps[row] % 100003);
    }
    fmt::print("checksums {} {} {} {}\n", user_sum, item_sum, weight_sum, time_sum);
  }
  for (const kindred::BadRowExample& example : events.counts.examples) fmt::print("  {}\n", example.message);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const kindred::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.exit_code();
  }
}
