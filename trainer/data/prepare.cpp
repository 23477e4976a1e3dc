// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare.h"

#include "kernels/core/check.h"
#include "trainer/data/dataset.h"
#include "trainer/data/dataset_writer.h"
#include "trainer/data/events.h"
#include "trainer/data/prepare/build_dataset.h"
#include "trainer/data/prepare/dataset_key.h"
#include "trainer/data/prepare/too_little_data.h"

#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace kindred {

namespace fs = std::filesystem;

namespace {

RawEvents read_with_progress(const DataConfig& data, const std::vector<std::string>& paths, std::string_view what,
                             ThreadPool& pool, Progress& progress) {
  progress.begin(what, 0, "bytes");
  bool known = false;
  RawEvents events = read_events(data, paths, pool, [&](const ReadProgress& now) {
    if (!known && now.bytes_total > 0) progress.begin(what, now.bytes_total, "bytes");
    known = known || now.bytes_total > 0;
    progress.update(now.bytes_done);
  });
  progress.end(fmt::format("{} events", events.size()));
  return events;
}

void describe_source(const RawEvents& events, PrepareReport& report) {
  report.files = static_cast<std::int64_t>(events.files.size());
  report.bytes = events.bytes_read;
  for (int cause = 0; cause < kBadRowCauses; ++cause) {
    const std::int64_t rows = events.counts.bad_rows[static_cast<std::size_t>(cause)];
    add_count(report.bad_rows, name_of(static_cast<BadRow>(cause)), rows);
  }
}

DatasetSources fingerprints(const Config& config, ThreadPool& pool, Progress& progress) {
  progress.begin("looking at the source", 0, "bytes");
  DatasetSources sources;
  sources.data = source_fingerprint(config.data.path, pool);
  if (config.split.protocol == SplitProtocol::given) {
    if (!config.split.validation.empty()) sources.validation = source_fingerprint({config.split.validation}, pool);
    if (!config.split.test.empty()) sources.test = source_fingerprint({config.split.test}, pool);
  }
  progress.end();
  return sources;
}

// The dataset that is there or is made.
PreparedDataset find_or_build(const Config& config, ThreadPool& pool, Progress& progress, bool force) {
  if (config.data.path.empty()) fail(ErrorKind::usage, "data.path: missing; expected a file, a folder or a glob");
  std::unique_ptr<PseudonymKey> key;
  if (!config.data.pseudonymize.key_file.empty()) {
    key = std::make_unique<PseudonymKey>(config.data.pseudonymize.key_file);
  }
  const DatasetSources sources = fingerprints(config, pool, progress);
  const std::string config_json = dataset_config_json(config.data, config.split, key ? key->fingerprint() : "");

  PreparedDataset prepared;
  prepared.fingerprint = dataset_fingerprint(sources, config_json);
  prepared.folder = fs::path(config.data.prepared) / prepared.fingerprint;
  if (!force && fs::exists(prepared.folder)) {
    prepared.report = PrepareReport::from_json(Dataset::open(prepared.folder)->statistics_json());
    prepared.from_cache = true;
    return prepared;
  }

  RawDataset raw;
  raw.events = read_with_progress(config.data, config.data.path, "reading events", pool, progress);
  if (config.split.protocol == SplitProtocol::given) {
    if (!config.split.validation.empty()) {
      raw.validation = read_with_progress(config.data, {config.split.validation}, "reading validation", pool, progress);
    }
    if (!config.split.test.empty()) {
      raw.test = read_with_progress(config.data, {config.split.test}, "reading test", pool, progress);
    }
  }
  describe_source(raw.events, prepared.report);
  DatasetArrays arrays =
      build_dataset(std::move(raw), config.data, config.split, key.get(), pool, progress, prepared.report);
  arrays.fingerprint = prepared.fingerprint;
  arrays.config_json = config_json;
  arrays.source_json = dataset_sources_json(sources);
  progress.begin("writing", 0, "bytes");
  if (force) {
    std::error_code error;
    fs::remove_all(prepared.folder, error);
    if (error) fail(ErrorKind::device, "{}: cannot be removed: {}", prepared.folder.string(), error.message());
  }
  // When another process was faster, its dataset has the same bytes.
  write_dataset(prepared.folder, arrays);
  progress.end();
  return prepared;
}

}  // namespace

PreparedDataset prepare(const Config& config, ThreadPool& pool, Progress& progress, bool force) {
  PreparedDataset prepared = find_or_build(config, pool, progress, force);
  for (const std::string& line : too_little_data(prepared.report)) progress.say(line);
  return prepared;
}

}  // namespace kindred
