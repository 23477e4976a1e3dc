// SPDX-License-Identifier: Apache-2.0
// A file that is written once from front to back, plain or compressed by the end of its name (.gz, .zst), and that
// appears under its name only when finish() is through. Throws Error(device) with file and cause.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace kindred {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<ByteSink> open_byte_sink(const std::filesystem::path& path);

}  // namespace kindred
