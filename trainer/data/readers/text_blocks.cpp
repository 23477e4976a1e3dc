// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/text_blocks.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cstring>

namespace kindred {

QuotedEnd quoted_end(const char* field, const char* text_end, std::string_view separator) {
  const char* place = field + 1;
  for (;;) {
    if (place >= text_end) return {QuotedEnd::Kind::runs_out, nullptr};
    place = static_cast<const char*>(std::memchr(place, '"', static_cast<std::size_t>(text_end - place)));
    if (place == nullptr) return {QuotedEnd::Kind::runs_out, nullptr};
    ++place;
    if (place == text_end) return {QuotedEnd::Kind::closed, place};
    if (*place == '"') {
      ++place;
      continue;
    }
    if (*place == '\n' || (*place == '\r' && (place + 1 == text_end || place[1] == '\n')) ||
        std::string_view(place, static_cast<std::size_t>(text_end - place)).starts_with(separator)) {
      return {QuotedEnd::Kind::closed, place};
    }
    return {QuotedEnd::Kind::not_quoted, nullptr};
  }
}

TextBlocks::TextBlocks(const std::string& path, std::string separator, std::int64_t block_bytes)
    : path_(path),
      separator_(std::move(separator)),
      block_bytes_(std::max<std::int64_t>(1, block_bytes)),
      stream_(open_byte_stream(path)) {}

// Bytes up to and with the newline of the last whole row; 0: no row ends here.
std::int64_t TextBlocks::last_row_end(const char* text, std::int64_t bytes) const {
  const char* const end = text + bytes;
  const auto last_newline = [](const char* begin, const char* stop) {
    return static_cast<const char*>(memrchr(begin, '\n', static_cast<std::size_t>(stop - begin)));
  };
  const char* row_end = text;
  const char* place = text;  // outside quotes
  if (!separator_.empty()) {
    while (place < end) {
      const auto* quote = static_cast<const char*>(std::memchr(place, '"', static_cast<std::size_t>(end - place)));
      if (quote == nullptr) break;
      if (const char* newline = last_newline(place, quote)) row_end = newline + 1;
      const std::string_view before(text, static_cast<std::size_t>(quote - text));
      const bool at_field_start = before.empty() || before.back() == '\n' || before.ends_with(separator_);
      place = quote + 1;
      if (!at_field_start) continue;
      const QuotedEnd field = quoted_end(quote, end, separator_);
      if (field.kind == QuotedEnd::Kind::runs_out) return row_end - text;
      // A quote at the very end may be the first half of "" or be followed by more text.
      if (field.kind == QuotedEnd::Kind::closed && field.end == end) return row_end - text;
      if (field.kind == QuotedEnd::Kind::closed) place = field.end;
    }
  }
  if (place < end) {
    if (const char* newline = last_newline(place, end)) row_end = newline + 1;
  }
  return row_end - text;
}

void TextBlocks::check_start(std::vector<char>& text, std::int64_t& bytes) const {
  const std::string_view start(text.data(), static_cast<std::size_t>(bytes));
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) {
    fail(ErrorKind::data, "{}: the text is UTF-16; expected UTF-8 (iconv -f UTF-16 -t UTF-8 converts it)", path_);
  }
  if (start.starts_with("PK\x03\x04")) {
    fail(ErrorKind::data, "{}: this is a zip archive; expected plain text, gzip or zstd: unpack it first", path_);
  }
  if (start.find('\0') != std::string_view::npos) {
    fail(ErrorKind::data, "{}: byte {} is zero: this is a binary file; expected text or Parquet, plain, gzip or zstd",
         path_, start.find('\0') + 1);
  }
  if (start.starts_with("\xef\xbb\xbf")) {
    bytes -= 3;
    std::memmove(text.data(), text.data() + 3, static_cast<std::size_t>(bytes));
  }
}

std::int64_t TextBlocks::line_of(std::int64_t text_byte) const {
  const std::unique_ptr<ByteStream> again = open_byte_stream(path_);
  std::vector<char> buffer(std::size_t{1} << 20);
  std::int64_t line = 1;
  while (text_byte > 0) {
    const std::int64_t got = again->read(buffer.data(), std::min<std::int64_t>(text_byte, std::ssize(buffer)));
    if (got == 0) break;
    line += std::count(buffer.begin(), buffer.begin() + got, '\n');
    text_byte -= got;
  }
  return line;
}

bool TextBlocks::next(SourceBlock& block) {
  std::vector<char>& text = block.text;
  std::int64_t bytes = static_cast<std::int64_t>(rest_.size());
  std::int64_t room = std::max(block_bytes_, 2 * bytes);
  text.resize(static_cast<std::size_t>(room + kTextPadding));
  std::copy(rest_.begin(), rest_.end(), text.begin());
  rest_.clear();
  for (;;) {
    while (bytes < room && !ended_) {
      const std::int64_t got = stream_->read(text.data() + bytes, room - bytes);
      ended_ = got == 0;
      bytes += got;
    }
    // The first look must see enough to know a byte-order mark.
    if (!begun_ && (ended_ || bytes >= 4)) {
      check_start(text, bytes);
      begun_ = true;
    }
    std::int64_t row_end = 0;
    if (ended_) {
      if (bytes == 0) return false;
      if (text[static_cast<std::size_t>(bytes - 1)] != '\n') text[static_cast<std::size_t>(bytes++)] = '\n';
      row_end = last_row_end(text.data(), bytes);
      if (row_end < bytes) {
        fail(ErrorKind::data,
             "{}: line {}: a quoted field of this row is never closed; expected a closing quote before "
             "a separator or a newline",
             path_, line_of(given_ + row_end));
      }
    } else if (begun_) {
      row_end = last_row_end(text.data(), bytes);
    }
    if (row_end > 0) {
      rest_.assign(text.begin() + row_end, text.begin() + bytes);
      text.resize(static_cast<std::size_t>(row_end + kTextPadding));
      std::fill_n(text.begin() + row_end, kTextPadding, '\0');
      block.text_bytes = row_end;
      given_ += row_end;
      return true;
    }
    if (bytes > kMaxRowBytes) {
      fail(ErrorKind::data, "{}: line {}: the row does not end within {} MiB; expected a newline{}", path_,
           line_of(given_), kMaxRowBytes >> 20, separator_.empty() ? "" : " (is a quote never closed?)");
    }
    room *= 2;
    text.resize(static_cast<std::size_t>(room + kTextPadding));
  }
}

}  // namespace kindred
