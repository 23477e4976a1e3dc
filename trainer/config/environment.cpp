// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/environment.h"

#include "kernels/core/check.h"
#include "trainer/config/yaml_tree.h"

#include <algorithm>
#include <cstdlib>

namespace kindred {

namespace {

bool is_name(std::string_view text) {
  const auto inside = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), inside);
}

std::string value_of(std::string_view name) {
  if (!is_name(name)) {
    fail(ErrorKind::usage, "'${{{}}}' does not name an environment variable; expected ${{NAME}}", shown(name));
  }
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) {
    fail(ErrorKind::usage, "the environment variable {} is not set; expected it for ${{{}}}", name, name);
  }
  // The resolved configuration could not be read back: there is no way to write a literal "${".
  if (std::string_view(value).find("${") != std::string_view::npos) {
    fail(ErrorKind::usage, "the environment variable {} contains '${{'; expected a value without it", name);
  }
  return value;
}

}  // namespace

std::string expand_environment(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t begin = text.find("${");
    result += text.substr(0, begin);
    if (begin == std::string_view::npos) return result;
    const std::size_t end = text.find('}', begin);
    if (end == std::string_view::npos) {
      fail(ErrorKind::usage, "'{}' lacks its closing brace; expected ${{NAME}}", shown(text.substr(begin)));
    }
    result += value_of(text.substr(begin + 2, end - begin - 2));
    text.remove_prefix(end + 1);
  }
}

}  // namespace kindred
