// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/event_readers.h"

#include "trainer/data/columnar/parquet.h"
#include "trainer/data/readers/byte_stream.h"
#include "trainer/data/readers/delimited.h"
#include "trainer/data/readers/json_lines.h"
#include "trainer/data/readers/lists.h"

#include <string_view>

namespace kindred {

namespace {

bool named_json(std::string_view path) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  }
  return path.ends_with(".json") || path.ends_with(".jsonl") || path.ends_with(".ndjson");
}

bool starts_with_brace(const std::string& path) {
  char first = '\0';
  return open_byte_stream(path)->read(&first, 1) == 1 && first == '{';
}

}  // namespace

std::unique_ptr<BlockReader> open_reader(const DataConfig& data, const SourceFile& file, const ReadOptions& options,
                                         ThreadPool& pool) {
  const bool is_parquet = first_bytes(file.path) == "PAR1";
  if (data.format != DataFormat::table) {
    if (is_parquet) {
      fail(ErrorKind::data,
           "{}: this is a Parquet file; expected lines of ids (data.format: {}); data.format: table "
           "reads Parquet",
           file.path, data.format == DataFormat::lists ? "lists" : "sequences");
    }
    return std::make_unique<ListsReader>(data, file, options.block_bytes);
  }
  if (is_parquet) return open_parquet(data, file, pool);
  if (named_json(file.path) || starts_with_brace(file.path)) {
    return std::make_unique<JsonLinesReader>(data, file, options.block_bytes);
  }
  return std::make_unique<DelimitedReader>(data, file, options.block_bytes);
}

}  // namespace kindred
