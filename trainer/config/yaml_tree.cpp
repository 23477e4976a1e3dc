// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace kindred {

namespace {

// Ends the parse of a file whose first problem makes the rest meaningless.
struct Stop {};

// Length of the UTF-8 sequence at `at`, 0 where there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  if (length == 3 && ((first == 0xE0 && byte(at + 1) < 0xA0) || (first == 0xED && byte(at + 1) >= 0xA0))) return 0;
  if (length == 4 && ((first == 0xF0 && byte(at + 1) < 0x90) || (first == 0xF4 && byte(at + 1) >= 0x90))) return 0;
  return length;
}

// Only UTF-8 text reaches the YAML library.
bool check_bytes(std::string_view text, const std::string& file, Problems& problems, const Place* fixed) {
  int line = 1;
  int column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    const bool control = (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
    if (length == 0 || control) {
      problems.add(fixed ? *fixed : Place{file, line, column}, "",
                   fmt::format("byte 0x{:02X} is not text; expected a YAML file in UTF-8", c));
      return false;
    }
    at += length;
    if (c == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return true;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, Problems& problems, const Place* fixed)
      : file_(file), problems_(problems), fixed_(fixed) {}

  std::optional<YamlNode> root;

  Place place(const YAML::Mark& mark) const {
    return fixed_ ? *fixed_ : Place{file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) refuse(mark, "a second document begins; expected one document a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    YamlNode node;
    node.place = place(mark);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "anchors and aliases are not supported; expected the value itself, or `base:` to share keys");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.place = place(mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlKey> key;  // of the value that comes next
    std::set<std::string> seen;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
    problems_.add(place(mark), "", std::move(message));
    throw Stop();
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) OnAlias(mark, anchor);
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, fmt::format("the tag {} is not supported; expected plain YAML", shown(tag)));
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (stack_.size() >= kMaxDepth) refuse(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (!stack_.empty() && stack_.back().node.kind == YamlNode::Kind::map && !stack_.back().key) {
      refuse(mark, "a key is a list or a map; expected a word");
    }
    Open opened;
    opened.node.kind = kind;
    opened.node.place = place(mark);
    stack_.push_back(std::move(opened));
  }

  void close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != YamlNode::Kind::scalar) {
        problems_.add(node.place, "", "a key is empty or null; expected a word");
        throw Stop();
      }
      parent.key = YamlKey{node.text, node.place};
    } else {
      if (parent.seen.insert(parent.key->text).second) {
        parent.node.keys.push_back(std::move(*parent.key));
        parent.node.items.push_back(std::move(node));
      } else {
        add_duplicate(parent);
      }
      parent.key.reset();
    }
  }

  void add_duplicate(const Open& parent) {
    std::string path;
    for (const Open& open : stack_) {
      if (!open.key) continue;
      if (!path.empty()) path += ".";
      path += open.key->text;
    }
    const auto first = std::find_if(parent.node.keys.begin(), parent.node.keys.end(),
                                    [&](const YamlKey& key) { return key.text == parent.key->text; });
    const std::string where = fixed_ ? "" : fmt::format(" (first in line {})", first->place.line);
    problems_.add(parent.key->place, shown(path), fmt::format("duplicate key{}; expected it once", where));
  }

  const std::string& file_;
  Problems& problems_;
  const Place* fixed_;
  int documents_ = 0;
  std::vector<Open> stack_;
};

// The library's words are short; an unquoted ${NAME} inside { } is the one mistake that they do not explain.
std::string syntax_hint(const std::string& text, int line) {
  std::istringstream lines(text);
  std::string content;
  for (int i = 0; i <= line && std::getline(lines, content); ++i) {
  }
  const bool flow = content.find("${") != std::string::npos;
  return flow ? "; expected quotes around a value with ${...} inside { } or [ ]" : "; expected YAML";
}

}  // namespace

std::optional<YamlNode> parse_yaml(const std::string& text, const std::string& file, Problems& problems,
                                   const Place* fixed) {
  if (!check_bytes(text, file, problems, fixed)) return std::nullopt;
  TreeBuilder builder(file, problems, fixed);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    problems.add(builder.place(error.mark), "", error.msg + syntax_hint(text, error.mark.line));
    return std::nullopt;
  }
  if (!builder.root || builder.root->kind == YamlNode::Kind::null) {
    problems.add(fixed ? *fixed : Place{file, 1, 1}, "", "is empty; expected keys and values");
    return std::nullopt;
  }
  return std::move(builder.root);
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "no value";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
    case YamlNode::Kind::scalar:
      break;
  }
  return node.quoted ? fmt::format("the text \"{}\"", shown(node.text)) : fmt::format("'{}'", shown(node.text));
}

std::string shown(std::string_view text, std::size_t longest) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (at >= longest) return result + "...";
    const std::size_t length = std::max<std::size_t>(1, utf8_length(text, at));
    const unsigned char c = static_cast<unsigned char>(text[at]);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      result += fmt::format("\\x{:02X}", c);
    } else {
      result += text.substr(at, length);
    }
    at += length;
  }
  return result;
}

}  // namespace kindred
