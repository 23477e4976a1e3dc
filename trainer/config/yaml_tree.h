// SPDX-License-Identifier: Apache-2.0
// YAML text to a tree that keeps the place of everything and says of each scalar whether it was quoted. Strict:
// duplicate keys, keys that are not text, anchors and aliases, tags, a second document, bytes that are not UTF-8
// text, nesting deeper than kMaxDepth are problems. yaml_tree.cpp is the only file that includes the YAML library.
#pragma once

#include "trainer/config/problems.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct YamlKey {
  std::string text;
  Place place;
};

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;  // of a scalar
  bool quoted = false;
  std::vector<YamlNode> items;  // of a list, or the values of a map
  std::vector<YamlKey> keys;    // of a map, one for each item
};

constexpr int kMaxDepth = 16;

// The one document of `text`; nothing where it cannot be parsed, is empty, or holds anything but plain data. Places
// are in `file`; with `fixed`, all of them are that place.
std::optional<YamlNode> parse_yaml(const std::string& text, const std::string& file, Problems& problems,
                                   const Place* fixed = nullptr);

// "a list", "text 'abc'", ... for messages.
std::string describe(const YamlNode& node);

// Text shortened and made printable for a message.
std::string shown(std::string_view text, std::size_t longest = 60);

}  // namespace kindred
