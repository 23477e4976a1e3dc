// SPDX-License-Identifier: Apache-2.0
// Raw events in memory: what a source of any format holds, one entry a kept row, in source order (files in order of
// their expanded paths, then rows), with ids mapped to dense codes by first appearance among kept rows. Nothing is
// filtered, merged or sorted here (that is prepare's work).
//
//   table      CSV, TSV, any separator; JSON lines; Parquet. Columns by header name or 0-based position.
//   lists      "user item item ..." a line. A line with no items adds the user to `users.ids` only.
//   sequences  the same, items in time order. columns.user empty: lines hold only items and the user is the 0-based
//              number of the line (blank lines are sessions without events), counted through all files.
// Each file is plain, gzip or zstd (told by its first bytes). A path is a file, a folder (all files below it, except
// names that begin with '.' or '_', in byte order; `key=value` folders are columns) or a glob.
// Errors: Error(data) naming file, line, column, value and what was expected; bad rows are counted by cause, and more
// than data.max_bad_rows of them are an error. A source without a single event is an error.
// Determinism: the result depends on the files alone, not on the number of threads. Peak memory: the result plus a few
// MiB a thread.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/growing_array.h"
#include "trainer/data/id_table.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct IdColumn {
  bool present = false;
  GrowingArray<std::int32_t> codes;  // [n]
  IdTable ids;
};

enum class BadRow {
  wrong_columns,  // another number of columns than the first row
  malformed,      // not a JSON object
  missing_user,
  missing_item,
  missing_weight,
  missing_timestamp,
  missing_event,
  missing_session,
  invalid_id,      // not UTF-8, or a value that cannot be an id (1.5, true, a list)
  invalid_weight,  // not a finite number
  invalid_timestamp,
};
constexpr int kBadRowCauses = 11;
std::string_view name_of(BadRow cause);  // "missing_user"

struct BadRowExample {
  BadRow cause = BadRow::malformed;
  std::string message;  // file, line, column, value, what was expected
};

struct ReadCounts {
  std::int64_t rows_read = 0;  // kept + bad; lists and sequences: pairs
  std::int64_t rows_kept = 0;
  std::array<std::int64_t, kBadRowCauses> bad_rows{};  // by BadRow
  std::vector<BadRowExample> examples;                 // the first few, in source order
  std::int64_t bad_rows_total() const;
};

struct RawEvents {
  IdColumn users;
  IdColumn items;
  IdColumn events;                        // kinds of event ("view"); present where columns.event is set
  IdColumn sessions;                      // present where columns.session is set
  GrowingArray<float> weights;            // [n], finite; empty: no weight column
  GrowingArray<std::int64_t> timestamps;  // [n] epoch MILLISECONDS (finer parts are cut off); empty: no such column
  bool source_order_is_time = false;      // sequences: a user's rows are in time order
  ReadCounts counts;
  std::vector<std::string> files;
  std::int64_t bytes_read = 0;  // of the files as they lie on disk
  std::int64_t size() const { return users.codes.size(); }
};

struct ReadProgress {
  std::int64_t bytes_done = 0;
  std::int64_t bytes_total = 0;
  std::int64_t rows = 0;
};
using ReadProgressCallback = std::function<void(const ReadProgress&)>;  // called by the calling thread

// Reads data.path.
RawEvents read_events(const DataConfig& data, ThreadPool& pool, const ReadProgressCallback& progress = {});
// Reads `paths` as data says (the given test and validation files).
RawEvents read_events(const DataConfig& data, const std::vector<std::string>& paths, ThreadPool& pool,
                      const ReadProgressCallback& progress = {});

struct SourceFile {
  std::string path;
  std::string relative_path;  // below the folder that was named; empty for a file that was named itself
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t hash = 0;  // XXH3 of the XXH3s of its 16 MiB pieces
};

// Of contents, sizes, order and relative paths; not of modification times or of where the source lies.
struct SourceFingerprint {
  std::string hex;  // 32 digits
  std::vector<SourceFile> files;
  std::int64_t bytes = 0;
};

// Reads the files once (several GB/s), in parallel by pieces.
SourceFingerprint source_fingerprint(const std::vector<std::string>& paths, ThreadPool& pool);

}  // namespace kindred
