// SPDX-License-Identifier: Apache-2.0
// Events as text: a header line and one line an event (CSV, TSV), or one JSON object a line.
#pragma once

#include "trainer/data/synth/byte_sink.h"
#include "trainer/data/synth/event_writer.h"

#include <string>

namespace kindred {

enum class EventTextFormat { csv, tsv, json_lines };

class TextEventWriter final : public EventWriter {
 public:
  TextEventWriter(const std::filesystem::path& path, EventTextFormat format, ThreadPool& pool);
  void write(std::span<const SynthEvent> events) override;
  void finish() override;

 private:
  void format_lines(std::span<const SynthEvent> events, std::string& text) const;

  EventTextFormat format_;
  ThreadPool& pool_;
  std::unique_ptr<ByteSink> sink_;
};

}  // namespace kindred
