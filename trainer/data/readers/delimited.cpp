// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/delimited.h"

#include "trainer/data/readers/row_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kindred {

namespace {

// Where the first `letter` or newline at or behind `place` stands, eight bytes a step. The text ends with a newline,
// and kTextPadding bytes behind it may be read.
const char* find_border(const char* place, char letter) {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
    const std::uint64_t letters = kOnes * static_cast<unsigned char>(letter);
    for (;; place += 8) {
      std::uint64_t word;
      std::memcpy(&word, place, 8);
      const std::uint64_t to_letter = word ^ letters;
      const std::uint64_t to_newline = word ^ (kOnes * std::uint64_t{'\n'});
      // A byte that became zero sets its high bit; carries reach only bytes behind the first such one.
      const std::uint64_t hit =
          ((to_letter - kOnes) & ~to_letter & kHighs) | ((to_newline - kOnes) & ~to_newline & kHighs);
      if (hit != 0) return place + (std::countr_zero(hit) >> 3);
    }
  }
  while (*place != letter && *place != '\n') ++place;
  return place;
}

std::string without_doubled_quotes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t place = 0; place < text.size(); ++place) {
    plain += text[place];
    if (text[place] == '"') ++place;
  }
  return plain;
}

struct TextField {
  std::string_view text;
  bool doubled_quotes = false;
};

}  // namespace

DelimitedReader::DelimitedReader(const DataConfig& data, const SourceFile& file, std::int64_t block_bytes)
    : data_(data), file_(file), blocks_(file.path, data.separator, block_bytes) {
  slot_of_role_.fill(-1);
  read_layout();
}

template <bool kOneLetter, typename OnField>
int DelimitedReader::read_row(const char*& place, const char* end, std::int64_t& lines, OnField&& on_field) const {
  const std::string_view separator = data_.separator;
  const char first = separator[0];
  int column = 0;
  for (;; ++column) {
    TextField field;
    const char* stop = nullptr;
    if (*place == '"') {
      const QuotedEnd quoted = quoted_end(place, end, separator);
      if (quoted.kind == QuotedEnd::Kind::closed) {
        field.text = {place + 1, static_cast<std::size_t>(quoted.end - place - 2)};
        field.doubled_quotes = std::memchr(field.text.data(), '"', field.text.size()) != nullptr;
        lines += std::count(field.text.begin(), field.text.end(), '\n');
        stop = quoted.end + (*quoted.end == '\r' && quoted.end[1] == '\n' ? 1 : 0);
      }
    }
    if (stop == nullptr) {
      stop = find_border(place, first);
      if constexpr (!kOneLetter) {
        while (*stop != '\n' && std::string_view(stop, separator.size()) != separator)
          stop = find_border(stop + 1, first);
      }
      const char* text_end = stop;
      if (*stop == '\n' && text_end > place && text_end[-1] == '\r') --text_end;
      field.text = {place, static_cast<std::size_t>(text_end - place)};
    }
    on_field(column, field);
    if (*stop == '\n') {
      place = stop + 1;
      ++lines;
      return column + 1;
    }
    place = stop + separator.size();
  }
}

std::vector<std::string> DelimitedReader::row_fields(const char*& place, const char* end, std::int64_t& lines) const {
  std::vector<std::string> fields;
  const auto keep = [&](int, const TextField& field) {
    fields.push_back(field.doubled_quotes ? without_doubled_quotes(field.text) : std::string(field.text));
  };
  while (place < end && fields.empty()) {
    if (*place == '\n' || (*place == '\r' && place[1] == '\n')) {
      place += *place == '\n' ? 1 : 2;
      ++lines;
    } else if (data_.separator.size() == 1) {
      read_row<true>(place, end, lines, keep);
    } else {
      read_row<false>(place, end, lines, keep);
    }
  }
  return fields;
}

void DelimitedReader::read_layout() {
  first_waits_ = blocks_.next(first_);
  if (!first_waits_) return;
  const char* place = first_.text.data();
  const char* const end = place + first_.text_bytes;
  std::int64_t lines = 0;
  const std::vector<std::string> names = row_fields(place, end, lines);
  if (names.empty()) return;
  const char* const behind_names = place;
  std::int64_t more_lines = 0;
  const bool header = first_row_is_header(data_, names, row_fields(place, end, more_lines));
  int columns_needed = 2;
  for (const std::string& name : configured_columns(data_.columns)) {
    if (const std::optional<int> position = column_position(name))
      columns_needed = std::max(columns_needed, *position + 1);
  }
  const std::string_view line(first_.text.data(), static_cast<std::size_t>(behind_names - first_.text.data()));
  const std::string hint = separator_hint(line, data_.separator, columns_needed);
  const int num_columns = static_cast<int>(names.size());
  layout_ = resolve_columns(data_.columns, file_,
                            header ? std::span<const std::string>(names) : std::span<const std::string>(), num_columns,
                            num_columns < columns_needed ? hint : "");
  slot_of_column_.assign(names.size(), -1);
  std::int8_t slots = 0;
  for (std::size_t role = 0; role < kRoles; ++role) {
    if (layout_.column[role] < 0) continue;
    std::int8_t& slot = slot_of_column_[static_cast<std::size_t>(layout_.column[role])];
    if (slot < 0) slot = slots++;
    slot_of_role_[role] = slot;
  }
  if (!header) return;
  first_line_ += lines;
  const std::int64_t taken = behind_names - first_.text.data();
  first_.text.erase(first_.text.begin(), first_.text.begin() + taken);
  first_.text_bytes -= taken;
}

bool DelimitedReader::next(SourceBlock& block) {
  if (!first_waits_) return blocks_.next(block);
  first_waits_ = false;
  std::swap(block, first_);
  first_ = SourceBlock();
  return true;
}

void DelimitedReader::parse(const SourceBlock& block, RowBlock& rows) const {
  if (data_.separator.size() == 1) {
    parse_rows<true>(block, rows);
  } else {
    parse_rows<false>(block, rows);
  }
}

template <bool kOneLetter>
void DelimitedReader::parse_rows(const SourceBlock& block, RowBlock& rows) const {
  RowWriter writer(layout_, data_, rows);
  std::array<TextField, kRoles> fields;
  std::array<std::string, kRoles> plain;  // of fields with doubled quotes
  const char* place = block.text.data();
  const char* const end = place + block.text_bytes;
  RowValues values;
  while (place < end) {
    if (*place == '\n' || (*place == '\r' && place[1] == '\n')) {
      place += *place == '\n' ? 1 : 2;
      ++rows.lines;
      continue;
    }
    const std::int64_t line = rows.lines;
    const int columns = read_row<kOneLetter>(place, end, rows.lines, [&](int column, const TextField& field) {
      if (column >= layout_.num_columns) return;
      const int slot = slot_of_column_[static_cast<std::size_t>(column)];
      if (slot >= 0) fields[static_cast<std::size_t>(slot)] = field;
    });
    if (columns != layout_.num_columns) {
      writer.add_wrong_columns(columns, line);
      continue;
    }
    bool lasting = true;
    for (std::size_t role = 0; role < kRoles; ++role) {
      const int slot = slot_of_role_[role];
      if (slot < 0) continue;
      const TextField& field = fields[static_cast<std::size_t>(slot)];
      if (field.doubled_quotes) {
        lasting = false;
        plain[role] = without_doubled_quotes(field.text);
        values[role] = Value::of_text(plain[role]);
      } else {
        values[role] = Value::of_text(field.text);
      }
    }
    writer.add(values, line, lasting);
  }
  writer.finish();
}

}  // namespace kindred
