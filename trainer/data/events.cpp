// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/events.h"

#include "trainer/data/readers/event_readers.h"
#include "trainer/data/readers/event_sink.h"
#include "trainer/data/source_files.h"

#include <numeric>

namespace kindred {

namespace {

// Blocks that are read and parsed together. The buffers are used again for the next ones.
struct Batch {
  struct Entry {
    std::shared_ptr<BlockReader> reader;
    std::int64_t file = 0;
    SourceBlock block;
    RowBlock rows;
  };
  std::vector<Entry> entries;
  std::size_t used = 0;
};

// The blocks of all files of a source, one file after another.
class SourceBlocks {
 public:
  SourceBlocks(const DataConfig& data, const std::vector<SourceFile>& files, const ReadOptions& options,
               ThreadPool& pool)
      : data_(data), files_(files), options_(options), pool_(pool) {}

  void fill(Batch& batch) {
    batch.entries.resize(static_cast<std::size_t>(options_.blocks_at_once));
    batch.used = 0;
    while (batch.used < batch.entries.size() && next_file_ <= std::ssize(files_)) {
      if (reader_ == nullptr && !open_next()) break;
      Batch::Entry& entry = batch.entries[batch.used];
      if (reader_->next(entry.block)) {
        entry.reader = reader_;
        entry.file = next_file_ - 1;
        ++batch.used;
      } else {
        bytes_of_done_files_ += files_[static_cast<std::size_t>(next_file_ - 1)].bytes;
        reader_.reset();
      }
    }
  }
  std::int64_t bytes_done() const { return bytes_of_done_files_ + (reader_ != nullptr ? reader_->bytes_done() : 0); }

 private:
  bool open_next() {
    if (next_file_ == std::ssize(files_)) return false;
    reader_ = open_reader(data_, files_[static_cast<std::size_t>(next_file_)], options_, pool_);
    ++next_file_;
    return true;
  }

  const DataConfig& data_;
  const std::vector<SourceFile>& files_;
  ReadOptions options_;
  ThreadPool& pool_;
  std::shared_ptr<BlockReader> reader_;
  std::int64_t next_file_ = 0;
  std::int64_t bytes_of_done_files_ = 0;
};

void join_batch(const Batch& batch, EventSink& sink, ThreadPool& pool) {
  std::vector<EventSink::Part> parts;
  for (std::size_t index = 0; index < batch.used; ++index) {
    const Batch::Entry& entry = batch.entries[index];
    parts.push_back({entry.reader.get(), &entry.rows, entry.file});
  }
  sink.join(parts, pool);
}

}  // namespace

std::string_view name_of(BadRow cause) {
  switch (cause) {
    case BadRow::wrong_columns:
      return "wrong_columns";
    case BadRow::malformed:
      return "malformed";
    case BadRow::missing_user:
      return "missing_user";
    case BadRow::missing_item:
      return "missing_item";
    case BadRow::missing_weight:
      return "missing_weight";
    case BadRow::missing_timestamp:
      return "missing_timestamp";
    case BadRow::missing_event:
      return "missing_event";
    case BadRow::missing_session:
      return "missing_session";
    case BadRow::invalid_id:
      return "invalid_id";
    case BadRow::invalid_weight:
      return "invalid_weight";
    case BadRow::invalid_timestamp:
      return "invalid_timestamp";
  }
  return "";
}

std::int64_t ReadCounts::bad_rows_total() const {
  return std::accumulate(bad_rows.begin(), bad_rows.end(), std::int64_t{0});
}

RawEvents read_events_in_blocks(const DataConfig& data, const std::vector<std::string>& paths, ThreadPool& pool,
                                const ReadProgressCallback& progress, const ReadOptions& options) {
  const bool table = data.format == DataFormat::table;
  if (data.columns.item.empty() || (data.columns.user.empty() && data.format != DataFormat::sequences)) {
    fail(ErrorKind::usage, "columns.{} is empty; expected a column", data.columns.item.empty() ? "item" : "user");
  }
  if (table && (data.separator.empty() || data.separator.find_first_of("\"\r\n") != std::string::npos)) {
    fail(ErrorKind::usage,
         "data.separator is empty or holds a quote or newline; expected one or more other characters");
  }
  const std::vector<SourceFile> files = expand_paths(paths);
  RawEvents events;
  events.users.present = true;
  events.items.present = true;
  events.events.present = table && !data.columns.event.empty();
  events.sessions.present = table && !data.columns.session.empty();
  events.source_order_is_time = data.format == DataFormat::sequences;
  for (const SourceFile& file : files) {
    events.files.push_back(file.path);
    events.bytes_read += file.bytes;
  }

  EventSink sink(data, events);
  SourceBlocks source(data, files, options, pool);
  Batch present;
  Batch coming;
  source.fill(present);
  while (present.used > 0) {
    // One thread reads and decompresses the coming blocks while the others parse the present ones.
    pool.run(static_cast<std::int64_t>(present.used) + 1, [&](std::int64_t chunk, int) {
      if (chunk == 0) {
        source.fill(coming);
      } else {
        Batch::Entry& entry = present.entries[static_cast<std::size_t>(chunk - 1)];
        entry.rows.begin(sink.columns());
        entry.reader->parse(entry.block, entry.rows);
      }
    });
    join_batch(present, sink, pool);
    std::swap(present, coming);
    if (progress) progress({source.bytes_done(), events.bytes_read, events.counts.rows_read});
  }
  if (events.size() == 0) {
    fail(ErrorKind::data, "{}{}: no events in it ({} rows read, {} of them bad)", files.front().path,
         files.size() > 1 ? fmt::format(" and {} more files", files.size() - 1) : "", events.counts.rows_read,
         events.counts.bad_rows_total());
  }
  return events;
}

RawEvents read_events(const DataConfig& data, const std::vector<std::string>& paths, ThreadPool& pool,
                      const ReadProgressCallback& progress) {
  return read_events_in_blocks(data, paths, pool, progress, ReadOptions());
}

RawEvents read_events(const DataConfig& data, ThreadPool& pool, const ReadProgressCallback& progress) {
  return read_events(data, data.path, pool, progress);
}

}  // namespace kindred
