// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, decompressed where its first bytes say gzip or zstd (any window up to 2 GiB, several members or
// frames after one another). Throws Error(data) naming the file: unreadable, truncated or damaged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace kindred {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `count` bytes; 0 only at the end.
  virtual std::int64_t read(char* bytes, std::int64_t count) = 0;
  // Bytes of the file itself that were taken so far, for progress.
  virtual std::int64_t position() const = 0;
};

std::unique_ptr<ByteStream> open_byte_stream(const std::string& path);

// The first up to 4 bytes of a file, as they lie on disk.
std::string first_bytes(const std::string& path);

}  // namespace kindred
