// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/ptx/scanner.h"

#include <bit>
#include <cctype>
#include <charconv>
#include <cstdlib>

namespace cudaemu::ptx {

bool Scanner::is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%';
}

void Scanner::skip_blanks() {
  while (position_ < end_) {
    const char c = text_[position_];
    if (c == '\n') {
      ++line_;
      ++position_;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++position_;
    } else if (c == '/' && position_ + 1 < end_ && text_[position_ + 1] == '/') {
      while (position_ < end_ && text_[position_] != '\n') ++position_;
    } else if (c == '/' && position_ + 1 < end_ && text_[position_ + 1] == '*') {
      const std::size_t close = text_.find("*/", position_ + 2);
      move_to(close == std::string_view::npos ? end_ : close + 2);
    } else {
      return;
    }
  }
}

void Scanner::move_to(std::size_t position) {
  for (; position_ < position; ++position_) line_ += text_[position_] == '\n';
}

bool Scanner::peek_number() {
  const char c = peek();
  return std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '+';
}

bool Scanner::accept(char c) {
  if (peek() != c) return false;
  ++position_;
  return true;
}

void Scanner::expect(char c) {
  if (!accept(c)) fail(std::string("'") + c + "' expected");
}

std::string_view Scanner::word() {
  skip_blanks();
  const std::size_t begin = position_;
  while (position_ < end_ && is_word_character(text_[position_])) ++position_;
  if (begin < position_ && text_[begin] == '%')  // %tid.x
    while (position_ < end_ && (is_word_character(text_[position_]) || text_[position_] == '.')) ++position_;
  if (begin == position_) fail("name expected");
  return slice(begin, position_);
}

std::string_view Scanner::directive() {
  expect('.');
  const std::size_t begin = position_;
  while (position_ < end_ && (is_word_character(text_[position_]) || text_[position_] == ':')) ++position_;
  return slice(begin, position_);
}

std::string_view Scanner::opcode() {
  skip_blanks();
  const std::size_t begin = position_;
  while (position_ < end_ &&
         (is_word_character(text_[position_]) || text_[position_] == '.' || text_[position_] == ':'))
    ++position_;
  return slice(begin, position_);
}

std::string_view Scanner::quoted() {
  expect('"');
  const std::size_t begin = position_;
  while (position_ < end_ && text_[position_] != '"') ++position_;
  const std::string_view inside = slice(begin, position_);
  expect('"');
  return inside;
}

Number Scanner::number() {
  skip_blanks();
  bool negative = false;
  while (peek() == '-' || peek() == '+') negative ^= text_[position_++] == '-';
  const std::size_t begin = position_;
  while (position_ < end_ && (std::isalnum(static_cast<unsigned char>(text_[position_])) || text_[position_] == '.' ||
                              ((text_[position_] == '-' || text_[position_] == '+') && position_ > begin &&
                               text_[position_ - 1] == 'e' && text_.substr(begin, 2) != "0x")))
    ++position_;
  std::string_view digits = slice(begin, position_);
  if (digits.empty()) fail("number expected");
  const auto parse = [&](std::string_view text, int base) {
    std::uint64_t value = 0;
    if (!text.empty() && (text.back() == 'U' || text.back() == 'u')) text.remove_suffix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) fail("number expected: " + std::string(digits));
    return value;
  };
  if (digits.size() > 2 && digits[0] == '0' && std::string_view("fFdD").find(digits[1]) != std::string_view::npos) {
    std::uint64_t bits = parse(digits.substr(2), 16);
    const std::uint8_t bytes = digits[1] == 'f' || digits[1] == 'F' ? 4 : 8;
    if (negative) bits ^= std::uint64_t{1} << (8 * bytes - 1);
    return {static_cast<std::int64_t>(bits), bytes};
  }
  if (digits.find('.') != std::string_view::npos) {
    const double value = std::strtod(std::string(digits).c_str(), nullptr);
    return {std::bit_cast<std::int64_t>(negative ? -value : value), 8};
  }
  std::uint64_t value = 0;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
    value = parse(digits.substr(2), 16);
  else if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'B'))
    value = parse(digits.substr(2), 2);
  else
    value = parse(digits, digits.size() > 1 && digits[0] == '0' ? 8 : 10);
  return {static_cast<std::int64_t>(negative ? -value : value), 0};
}

void Scanner::skip_past(char c) {
  int depth = 0;
  for (; !at_end(); ++position_) {
    const char here = text_[position_];
    if (here == '"') {
      quoted();
      --position_;
      continue;
    }
    if (here == c && depth == 0) {
      ++position_;
      return;
    }
    if (here == '{' || here == '(' || here == '[') ++depth;
    if (here == '}' || here == ')' || here == ']') --depth;
  }
}

std::size_t Scanner::matching_brace() {
  std::size_t i = position_ + 1;
  for (int depth = 1; depth > 0; ++i) {
    if (i >= end_) fail("'}' is missing");
    const char c = text_[i];
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == '"') i = text_.find('"', i + 1);
    if (c == '/' && text_[i + 1] == '/') i = std::min(text_.find('\n', i), end_ - 1);
    if (i == std::string_view::npos) fail("'\"' is missing");
  }
  return i;
}

void Scanner::fail(const std::string& what) const {
  const std::size_t begin = text_.rfind('\n', position_ ? position_ - 1 : 0);
  const std::size_t from = begin == std::string_view::npos ? 0 : begin + 1;
  const std::size_t to = std::min(text_.find('\n', position_), from + 200);
  throw ParseError("PTX line " + std::to_string(line_) + ": " + what +
                   " at: " + std::string(text_.substr(from, to - from)));
}

}  // namespace cudaemu::ptx
