// SPDX-License-Identifier: Apache-2.0
// Cuts the text of a file into blocks that end with a row: at a newline, for delimited text at one that stands outside
// quotes. A missing last newline is supplied and a byte-order mark of UTF-8 is taken off. Throws Error(data) for
// UTF-16, for zero bytes at the start (a binary file), for a quote that is never closed and for rows longer than
// kMaxRowBytes.
#pragma once

#include "trainer/data/readers/byte_stream.h"
#include "trainer/data/readers/row_block.h"

#include <memory>
#include <string>
#include <string_view>

namespace kindred {

// Where a quoted field ends. `field` starts with its opening quote; the field is quoted when a closing quote ("" is one
// literal quote) stands before a separator, a newline or the end of the text. Otherwise its quotes are plain letters.
struct QuotedEnd {
  enum class Kind { closed, not_quoted, runs_out } kind;
  const char* end;  // closed: behind the closing quote
};
QuotedEnd quoted_end(const char* field, const char* text_end, std::string_view separator);

class TextBlocks {
 public:
  static constexpr std::int64_t kMaxRowBytes = std::int64_t{16} << 20;

  // An empty separator: quotes have no meaning.
  TextBlocks(const std::string& path, std::string separator, std::int64_t block_bytes);
  bool next(SourceBlock& block);
  std::int64_t position() const { return stream_->position(); }

 private:
  std::int64_t last_row_end(const char* text, std::int64_t bytes) const;
  // Line number of a byte of the text: reads the file again, for an error message.
  std::int64_t line_of(std::int64_t text_byte) const;
  void check_start(std::vector<char>& text, std::int64_t& bytes) const;

  std::string path_;
  std::string separator_;
  std::int64_t block_bytes_;
  std::unique_ptr<ByteStream> stream_;
  std::vector<char> rest_;  // the beginning of a row whose end is not read yet
  std::int64_t given_ = 0;  // bytes of text in the blocks so far
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace kindred
