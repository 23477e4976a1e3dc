// SPDX-License-Identifier: Apache-2.0
// What an export costs, on synthetic vectors of length D.
//   export_bench write FOLDER [--items N] [--dim D]     seconds of each vector file, beside writing the same bytes +
//   fsync export_bench index FOLDER [--items N] [--dim D] [--type T] [--vectors NAME] [--threads N]
//       builds, writes and measures items.faiss; leaves items.npy and queries.npy for tools/peers/index_faiss.py.
//       --vectors NAME: NAME.items.npy and NAME.queries.npy in place of synthetic ones (float32, C order)
// Vectors: 200 genres and N / 50 directions of genre + noise; items = direction + 0.6 noise, scaled to log-normal
// lengths (deviation 0.4); users = a weighted sum of 3 directions of one genre + 0.5 noise. Noise is normal numbers
// times (d + 1)^-0.3, as the singular values of ALS factors on Gowalla fall.
#include "kernels/core/check.h"
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "trainer/data/columnar/list_table.h"
#include "trainer/data/durable_folder.h"
#include "trainer/data/synced_file.h"
#include "trainer/export/array_files.h"
#include "trainer/export/checked_index.h"
#include "trainer/export/export_manifest.h"
#include "trainer/export/file_view.h"

#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <string_view>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Options {
  std::string mode;
  fs::path folder;
  std::int64_t items = 100000;
  std::int64_t dim = 128;
  std::int64_t users = 2000;
  std::string type = "auto";
  std::string vectors;
  int threads = 0;
};

struct Vectors {
  std::vector<float> items;
  std::vector<float> users;
};

constexpr std::uint64_t kGenres = 200;

void add_normal(float* row, std::int64_t dim, const Random& random, std::uint64_t number, double scale) {
  for (std::int64_t d = 0; d < dim; ++d) {
    const double spectrum = std::pow(static_cast<double>(d + 1), -0.3);
    row[d] += static_cast<float>(scale * spectrum * random.normal(number, static_cast<std::uint32_t>(d)));
  }
}

// Direction `number`: its genre and noise of its own.
void add_direction(float* row, std::int64_t dim, std::uint64_t number, double scale) {
  add_normal(row, dim, Random(4, "bench.genres"), number % kGenres, scale);
  add_normal(row, dim, Random(1, "bench.directions"), number, scale);
}

Vectors synthetic(const Context& ctx, const Options& options) {
  const Random items(2, "bench.items");
  const Random users(3, "bench.users");
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(1, options.items / 50));
  Vectors vectors{.items = std::vector<float>(static_cast<std::size_t>(options.items * options.dim)),
                  .users = std::vector<float>(static_cast<std::size_t>(options.users * options.dim))};
  constexpr std::uint32_t kLane = 1 << 20;  // beside the coordinates
  parallel_for(ctx.pool(), options.items, 1024, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      float* row = vectors.items.data() + i * options.dim;
      add_direction(row, options.dim, items.below(count, number, kLane), 1.0);
      add_normal(row, options.dim, items, number, 0.6);
      double squares = 0.0;
      for (std::int64_t d = 0; d < options.dim; ++d) squares += static_cast<double>(row[d]) * row[d];
      const double scale = std::exp(0.4 * items.normal(number, kLane + 1)) / std::sqrt(squares);
      for (std::int64_t d = 0; d < options.dim; ++d) row[d] = static_cast<float>(row[d] * scale);
    }
  });
  for (std::int64_t u = 0; u < options.users; ++u) {
    const auto number = static_cast<std::uint64_t>(u);
    float* row = vectors.users.data() + u * options.dim;
    const std::uint64_t genre = users.below(kGenres, number, kLane + 16);
    for (std::uint32_t taste = 0; taste < 3; ++taste) {
      const std::uint64_t direction =
          genre + kGenres * users.below(std::max<std::uint64_t>(1, count / kGenres), number, kLane + taste);
      add_direction(row, options.dim, direction % count, 0.3 + users.uniform(number, kLane + 8 + taste));
    }
    add_normal(row, options.dim, users, number, 0.5);
  }
  return vectors;
}

// The numbers of a .npy file of float32 [n, dim].
std::vector<float> load(const fs::path& file, std::int64_t dim) {
  const FileView view(file);
  std::uint16_t length = 0;
  if (view.bytes().size() < 10) fail(ErrorKind::data, "{}: is no .npy file", file.string());
  std::memcpy(&length, view.bytes().data() + 8, 2);
  const auto data = view.bytes().subspan(10U + length);
  const auto rows = static_cast<std::int64_t>(data.size()) / (4 * dim);
  if (!view.text().starts_with(npy_header("float32", {rows, dim}))) {
    fail(ErrorKind::data, "{}: is not float32 [{}, {}]", file.string(), rows, dim);
  }
  std::vector<float> values(data.size() / 4);
  std::memcpy(values.data(), data.data(), data.size());
  return values;
}

void write_files(const Options& options, const Vectors& vectors) {
  const View<const float, 2> items{vectors.items.data(), {options.items, options.dim}};
  const auto bytes = static_cast<double>(items.count()) * 4.0;
  const auto line = [&](std::string_view what, double seconds, double plain) {
    fmt::print("{:<12} {:>7.2f} s  {:>7.0f} MB/s  {:>5.2f} x writing the bytes\n", what, seconds, bytes / seconds / 1e6,
               seconds / plain);
  };
  const auto plain = [&] {
    const Clock::time_point begin = Clock::now();
    SyncedFile file(options.folder / "plain");
    file.write(bytes_of(items.data(), items.count()));
    file.sync();
    file.close();
    return seconds_since(begin);
  };
  const auto exported = [&](const std::string& name) {
    const Clock::time_point begin = Clock::now();
    ExportFolder folder(options.folder / ("bench-" + name));
    if (name.ends_with(".parquet")) {
      const ListTable table{.rows = options.items,
                            .external_id = [](std::int64_t row) { return fmt::format("item-{}", row); },
                            .lists = {.name = "embedding", .floats = items.data(), .width = options.dim}};
      folder.write({.name = name, .bytes = 0, .sha256 = {}, .dtype = {}, .shape = {}},
                   [&](const WriteBytes& put) { write_list_table(table, name, put); });
    } else {
      write_vectors(folder, name, items, ExportDtype::float32);
    }
    folder.commit();
    const double seconds = seconds_since(begin);
    fs::remove_all(options.folder / ("bench-" + name));
    return seconds;
  };
  for (int repeat = 0; repeat < 3; ++repeat) {
    double bare = 0.0;
    double whole = 0.0;
    for (const char* name : {"items.npy", "items.safetensors", "items.parquet"}) {
      const double seconds_plain = plain();
      const double seconds = exported(name);
      line(name, seconds, seconds_plain);
      bare += seconds_plain;
      whole += seconds;
    }
    fmt::print("all three    {:>7.2f} s                 {:>5.2f} x writing the bytes\n", whole, whole / bare);
  }
  fs::remove(options.folder / "plain");
}

void build_index(const Context& ctx, const Options& options, const Vectors& vectors) {
  const View<const float, 2> items{vectors.items.data(), {options.items, options.dim}};
  const View<const float, 2> users{vectors.users.data(), {options.users, options.dim}};
  const RecallCheck check(ctx, items, users);
  IndexConfig config;
  for (std::size_t type = 0; type < kChoices<IndexType>.size(); ++type) {
    if (kChoices<IndexType>[type] == options.type) config.type = static_cast<IndexType>(type);
  }
  fs::remove_all(options.folder / "out");
  ExportFolder folder(options.folder / "out");
  NoProgress silent;
  const std::clock_t begin = std::clock();
  const CheckedIndex index = write_checked_index(ctx, items, check, config, folder, silent);
  const double cpu_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;  // with reading back and measuring
  write_vectors(folder, "items.npy", items, ExportDtype::float32);
  write_vectors(folder, "queries.npy", users, ExportDtype::float32);
  folder.commit();
  fmt::print(
      "{{\"items\": {}, \"dim\": {}, \"threads\": {}, \"cpu_s\": {:.2f}, \"build_choose_write_s\": {:.2f}, "
      "\"line\": \"{}\", \"queries_per_s\": {:.0f}}}\n",
      options.items, options.dim, ctx.threads(), cpu_s, index.build_s, index_line(index), index.speed.queries_per_s);
}

void run(int argc, char** argv) {
  if (argc < 3) fail(ErrorKind::usage, "export_bench write|index FOLDER [--items N] [--dim D] ...");
  Options options{.mode = argv[1], .folder = argv[2]};
  for (int place = 3; place + 1 < argc; place += 2) {
    const std::string_view option = argv[place];
    const std::string value = argv[place + 1];
    if (option == "--items") {
      options.items = static_cast<std::int64_t>(std::stod(value));
    } else if (option == "--dim") {
      options.dim = std::stoll(value);
    } else if (option == "--type") {
      options.type = value;
    } else if (option == "--vectors") {
      options.vectors = value;
    } else if (option == "--threads") {
      options.threads = std::stoi(value);
    } else {
      fail(ErrorKind::usage, "export_bench: {}: no such option", option);
    }
  }
  fs::create_directories(options.folder);
  const Context ctx = Context::cpu(options.threads, 42);
  Vectors vectors;
  if (options.vectors.empty()) {
    vectors = synthetic(ctx, options);
  } else {
    vectors.items = load(options.vectors + ".items.npy", options.dim);
    vectors.users = load(options.vectors + ".queries.npy", options.dim);
    options.items = static_cast<std::int64_t>(vectors.items.size()) / options.dim;
    options.users = static_cast<std::int64_t>(vectors.users.size()) / options.dim;
  }
  options.mode == "write" ? write_files(options, vectors) : build_index(ctx, options, vectors);
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  try {
    kindred::run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
