// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/event_writer.h"

#include "kernels/core/check.h"
#include "trainer/data/columnar/parquet_event_writer.h"
#include "trainer/data/synth/text_event_writer.h"

#include <string>

namespace kindred {

std::unique_ptr<EventWriter> make_event_writer(const std::filesystem::path& path, ThreadPool& pool) {
  std::filesystem::path plain = path;
  if (plain.extension() == ".gz" || plain.extension() == ".zst") plain.replace_extension();
  const std::string extension = plain.extension().string();
  if (extension == ".csv") return std::make_unique<TextEventWriter>(path, EventTextFormat::csv, pool);
  if (extension == ".tsv") return std::make_unique<TextEventWriter>(path, EventTextFormat::tsv, pool);
  if (extension == ".jsonl") return std::make_unique<TextEventWriter>(path, EventTextFormat::json_lines, pool);
  if (extension == ".parquet" && plain == path) return make_parquet_event_writer(path);
  fail(ErrorKind::usage,
       "synth: -o {}: the end of the name tells no format; expected .csv, .tsv or .jsonl (also with .gz or .zst), or "
       ".parquet",
       path.string());
}

}  // namespace kindred
