// SPDX-License-Identifier: Apache-2.0
// Splits PTX text into words, numbers and single characters; skips blanks and comments and counts lines.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cudaemu::ptx {

class ParseError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A number as written: 12, 0x1F, -3, 0f3F800000, 0d..., 1.5.
struct Number {
  std::int64_t value = 0;  // integer, or the bits of the float
  std::uint8_t float_bytes = 0;
};

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t begin, std::size_t end, std::uint32_t line)
      : text_(text), position_(begin), end_(end), line_(line) {}

  bool at_end() { return skip_blanks(), position_ >= end_; }
  char peek() { return at_end() ? '\0' : text_[position_]; }
  bool peek_word() { return !at_end() && is_word_character(text_[position_]); }
  bool peek_number();
  std::uint32_t line() const { return line_; }
  std::size_t position() const { return position_; }
  void move_to(std::size_t position);  // forwards; counts the lines between

  bool accept(char c);
  void expect(char c);
  std::string_view word();       // letters, digits, _ $ % (and dots of %tid.x)
  std::string_view directive();  // ".align" -> "align"; the '.' must be next
  std::string_view opcode();     // up to the next blank or ';'
  std::string_view quoted();     // "text" without its quotes
  Number number();
  std::int64_t integer() { return number().value; }
  // Skips to the character after the next `c` outside brackets.
  void skip_past(char c);
  // At '{': the position after the matching '}'.
  std::size_t matching_brace();

  std::string_view slice(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  [[noreturn]] void fail(const std::string& what) const;

 private:
  static bool is_word_character(char c);
  void skip_blanks();

  std::string_view text_;
  std::size_t position_, end_;
  std::uint32_t line_;
};

}  // namespace cudaemu::ptx
