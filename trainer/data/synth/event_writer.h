// SPDX-License-Identifier: Apache-2.0
// Event logs as files: columns user, item, timestamp (epoch seconds), event (view, cart, purchase), session.
// By the end of the name: .csv, .tsv, .jsonl, each also with .gz or .zst; .parquet (trainer/data/columnar/).
// The file appears under its name when finish() is through; until then it is "<name>.partial". Throws Error(usage)
// for another ending, Error(device) when the disk is full.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/synth/event_stream.h"

#include <filesystem>
#include <memory>
#include <span>

namespace kindred {

class EventWriter {
 public:
  virtual ~EventWriter() = default;
  virtual void write(std::span<const SynthEvent> events) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<EventWriter> make_event_writer(const std::filesystem::path& path, ThreadPool& pool);

}  // namespace kindred
