// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/json_lines.h"

#include "trainer/config/suggestion.h"
#include "trainer/data/readers/row_writer.h"
#include "trainer/data/source_files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace kindred {

namespace {

using Json = nlohmann::json;

// Takes the values of wanted keys of the outermost object as they pass; builds no tree.
class ObjectEvents final : public nlohmann::json_sax<Json> {
 public:
  explicit ObjectEvents(std::span<const std::string> keys) : keys_(keys), texts_(keys.size()) {}

  std::vector<Value> values;
  std::string error;
  bool was_object = false;

  void begin() {
    values.assign(keys_.size(), Value());
    error.clear();
    was_object = false;
    depth_ = 0;
    key_ = -1;
  }

  bool null() override { return take(Value()); }
  bool boolean(bool) override { return take(Value::unusable("a truth value")); }
  bool number_integer(number_integer_t number) override { return take(Value::of_integer(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return take(Value::of_integer(static_cast<std::int64_t>(number)));
    }
    return take_text(std::to_string(number));
  }
  bool number_float(number_float_t number, const string_t&) override { return take(Value::of_number(number)); }
  bool string(string_t& text) override { return take_text(text); }
  bool binary(binary_t&) override { return take(Value::unusable("binary data")); }
  bool start_object(std::size_t) override { return nest("an object", true); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return nest("a list", false); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    const auto found = std::find(keys_.begin(), keys_.end(), name);
    key_ = found == keys_.end() ? -1 : static_cast<int>(found - keys_.begin());
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& exception) override {
    error = exception.what();
    return false;
  }

 private:
  bool take(const Value& value) {
    if (depth_ == 1 && key_ >= 0) values[static_cast<std::size_t>(key_)] = value;
    return depth_ > 0;
  }
  bool take_text(const std::string& text) {
    if (depth_ != 1 || key_ < 0) return depth_ > 0;
    std::string& kept = texts_[static_cast<std::size_t>(key_)];
    kept = text;
    return take(Value::of_text(kept));
  }
  bool nest(std::string_view what, bool object) {
    if (depth_ == 0) {
      was_object = object;
    } else {
      take(Value::unusable(what));
    }
    ++depth_;
    return was_object;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::span<const std::string> keys_;
  std::vector<std::string> texts_;
  int depth_ = 0;
  int key_ = -1;
};

// "[json.exception.parse_error.101] parse error at line 1, column 9: syntax error while ..." from its column on.
std::string from_column(const std::string& message) {
  const std::size_t column = message.find("column ");
  return column == std::string::npos ? message : message.substr(column);
}

}  // namespace

JsonLinesReader::JsonLinesReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes)
    : data_(data), file_(file), blocks_(file.path, "", block_bytes) {
  layout_.column.fill(-1);
  const std::array<std::string, kRoles> wanted = configured_columns(data.columns);
  const auto folders = partition_columns(file.relative_path);
  for (std::size_t role = 0; role < kRoles; ++role) {
    if (wanted[role].empty()) continue;
    layout_.label[role] = fmt::format("column '{}'", wanted[role]);
    const auto folder =
        std::find_if(folders.begin(), folders.end(), [&](const auto& part) { return part.first == wanted[role]; });
    if (folder != folders.end()) {
      layout_.constant[role] = folder->second;
      continue;
    }
    const auto known = std::find(keys_.begin(), keys_.end(), wanted[role]);
    layout_.column[role] = static_cast<int>(known - keys_.begin());
    if (known == keys_.end()) keys_.push_back(wanted[role]);
  }

  // A wanted key that the first object lacks may only be missing there; where the whole first block lacks it, it is
  // misspelt.
  first_waits_ = blocks_.next(first_);
  if (!first_waits_) return;
  const std::string_view text(first_.text.data(), static_cast<std::size_t>(first_.text_bytes));
  if (text.substr(text.find_first_not_of(" \t\r\n") == std::string_view::npos ? 0 : text.find_first_not_of(" \t\r\n"))
          .starts_with("[")) {
    fail(ErrorKind::data,
         "{}: line 1: this is a JSON list; expected JSON lines: one object a line, no brackets around "
         "them and no commas between them (jq -c '.[]' converts it)",
         file.path);
  }
  const Json object = Json::parse(text.substr(0, text.find('\n')), nullptr, false);
  if (!object.is_object()) return;
  std::vector<std::string> present;
  for (const auto& entry : object.items()) present.push_back(entry.key());
  for (std::size_t role = 0; role < kRoles; ++role) {
    if (layout_.column[role] < 0 || text.find(fmt::format("\"{}\"", wanted[role])) != std::string_view::npos) continue;
    fail(ErrorKind::data, "{}: there is no key '{}' (columns.{}){}; the first object has {}", file.path, wanted[role],
         kRoleNames[role], did_you_mean(wanted[role], present), join(present, ", "));
  }
}

bool JsonLinesReader::next(SourceBlock& block) {
  if (!first_waits_) return blocks_.next(block);
  first_waits_ = false;
  std::swap(block, first_);
  first_ = SourceBlock();
  return true;
}

void JsonLinesReader::parse(const SourceBlock& block, RowBlock& rows) const {
  RowWriter writer(layout_, data_, rows);
  ObjectEvents events(keys_);
  RowValues values;
  const char* place = block.text.data();
  const char* const end = place + block.text_bytes;
  for (; place < end; ++rows.lines) {
    const auto* newline = static_cast<const char*>(std::memchr(place, '\n', static_cast<std::size_t>(end - place)));
    const std::string_view line(place, static_cast<std::size_t>(newline - place));
    place = newline + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    events.begin();
    const bool parsed = Json::sax_parse(line.begin(), line.end(), &events);
    if (!parsed || !events.was_object) {
      writer.add_malformed(events.error.empty() ? fmt::format("'{}'; expected a JSON object", shown(line))
                                                : fmt::format("not a JSON object: {}", from_column(events.error)),
                           rows.lines);
      continue;
    }
    for (std::size_t role = 0; role < kRoles; ++role) {
      if (layout_.column[role] >= 0) values[role] = events.values[static_cast<std::size_t>(layout_.column[role])];
    }
    writer.add(values, rows.lines, false);
  }
  writer.finish();
}

}  // namespace kindred
