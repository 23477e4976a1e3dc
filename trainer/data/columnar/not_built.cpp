// SPDX-License-Identifier: Apache-2.0
// Stands for this folder's other files in a build without Apache Arrow: every entry says so.
#include "kernels/core/check.h"
#include "trainer/data/columnar/arrow_version.h"
#include "trainer/data/columnar/list_table.h"
#include "trainer/data/columnar/parquet.h"
#include "trainer/data/columnar/parquet_event_writer.h"
#include "trainer/data/columnar/recommendation_table.h"

namespace kindred {

namespace {

[[noreturn]] void not_built(const std::string& file) {
  fail(ErrorKind::usage,
       "{}: built without Apache Arrow, which reads and writes Parquet; configure with "
       "-DKINDRED_COLUMNAR=ON, or use another format",
       file);
}

}  // namespace

std::string arrow_version() { return "not built in"; }

std::unique_ptr<BlockReader> open_parquet(const DataConfig&, const SourceFile& file, ThreadPool&) {
  not_built(file.path);
}

std::unique_ptr<EventWriter> make_parquet_event_writer(const std::filesystem::path& path) { not_built(path.string()); }

std::unique_ptr<RecommendationTable> open_recommendation_table(const std::string& file) { not_built(file); }

bool list_tables_are_built() { return false; }

void write_list_table(const ListTable&, std::string_view name, const std::function<void(std::span<const std::byte>)>&) {
  not_built(std::string(name));
}

void read_list_table(const std::string& file, std::string_view, const std::function<void(const ListTableBlock&)>&) {
  not_built(file);
}

}  // namespace kindred
