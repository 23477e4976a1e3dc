// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/text_event_writer.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <vector>

namespace kindred {

namespace {
constexpr std::int64_t kEventsPerChunk = 8192;
}

TextEventWriter::TextEventWriter(const std::filesystem::path& path, EventTextFormat format, ThreadPool& pool)
    : format_(format), pool_(pool), sink_(open_byte_sink(path)) {
  if (format_ == EventTextFormat::csv) sink_->write("user,item,timestamp,event,session\n");
  if (format_ == EventTextFormat::tsv) sink_->write("user\titem\ttimestamp\tevent\tsession\n");
}

void TextEventWriter::format_lines(std::span<const SynthEvent> events, std::string& text) const {
  auto out = std::back_inserter(text);
  for (const SynthEvent& event : events) {
    const char* kind = name_of(event.kind);
    switch (format_) {
      case EventTextFormat::csv:
        fmt::format_to(out, FMT_COMPILE("{},{},{},{},{}\n"), event.user, event.item, event.time, kind, event.session);
        break;
      case EventTextFormat::tsv:
        fmt::format_to(out, FMT_COMPILE("{}\t{}\t{}\t{}\t{}\n"), event.user, event.item, event.time, kind,
                       event.session);
        break;
      case EventTextFormat::json_lines:
        fmt::format_to(out,
                       FMT_COMPILE("{{\"user\":{},\"item\":{},\"timestamp\":{},\"event\":\"{}\",\"session\":{}}}\n"),
                       event.user, event.item, event.time, kind, event.session);
        break;
    }
  }
}

void TextEventWriter::write(std::span<const SynthEvent> events) {
  const auto count = static_cast<std::int64_t>(events.size());
  std::vector<std::string> texts(static_cast<std::size_t>((count + kEventsPerChunk - 1) / kEventsPerChunk));
  parallel_for(pool_, count, kEventsPerChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::string& text = texts[static_cast<std::size_t>(begin / kEventsPerChunk)];
    text.reserve(static_cast<std::size_t>(end - begin) * 48);
    format_lines(events.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), text);
  });
  for (const std::string& text : texts) sink_->write(text);
}

void TextEventWriter::finish() { sink_->finish(); }

}  // namespace kindred
