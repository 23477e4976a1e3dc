// SPDX-License-Identifier: Apache-2.0
// HTML and SVG as text that cannot be broken by what stands in it: ids, titles and paths come from outside.
// html("<td>{}</td>", value) escapes every text that it is given; only Markup, which was made the same way, goes in as
// it is. In a page, text is safe between tags and inside quoted attributes; nowhere else are values put.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace kindred {

// & < > " ' become entities. What a page cannot show (control characters, bytes that are not UTF-8, U+FFFE, U+FFFF)
// becomes U+FFFD.
std::string escaped(std::string_view text);

class Markup {
 public:
  Markup() = default;
  // Text of our own source code, as it stands.
  static Markup literal(std::string_view text) { return Markup(std::string(text)); }

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Markup& operator+=(const Markup& more) {
    text_ += more.text_;
    return *this;
  }

 private:
  explicit Markup(std::string text) : text_(std::move(text)) {}
  template <typename... Values>
  friend Markup html(std::string_view format, const Values&... values);
  std::string text_;
};

namespace markup_detail {
template <typename T>
auto argument(const T& value) {
  if constexpr (std::is_same_v<T, Markup>) {
    return std::string_view(value.text());
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else {
    return escaped(value);
  }
}
}  // namespace markup_detail

// `format`: of fmt, with our own tags in it.
template <typename... Values>
Markup html(std::string_view format, const Values&... values) {
  return Markup(fmt::format(fmt::runtime(format), markup_detail::argument(values)...));
}

// An id or title from outside, kept apart from the text around it, whatever direction it is written in.
Markup foreign(std::string_view text);

}  // namespace kindred
