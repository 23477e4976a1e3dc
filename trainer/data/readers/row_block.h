// SPDX-License-Identifier: Apache-2.0
// What reading one block of a source gives, before it joins the rest. Blocks are parsed in parallel against the id
// tables of all blocks before the present batch, which nobody changes meanwhile; ids that those tables lack get local
// numbers, and joining the blocks in order (EventSink) turns these into codes. So codes are by first appearance
// whatever thread parsed a block and however large it was.
#pragma once

#include "trainer/data/events.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// The columns that hold ids, and the two that hold numbers.
enum class Role { user, item, event, session, weight, timestamp };
constexpr int kIdRoles = 4;
constexpr int kRoles = 6;
constexpr std::string_view kRoleNames[kRoles] = {"user", "item", "event", "session", "weight", "timestamp"};

// An id as it was read: an integer, or text that is not the canonical text of one.
struct IdKey {
  bool integer = true;
  std::int64_t value = 0;
  std::string_view text;
  static IdKey of(std::string_view text) {
    if (const std::optional<std::int64_t> value = canonical_integer(text)) return {true, *value, text};
    return {false, 0, text};
  }
};

// Whether the bytes are well-formed UTF-8 (RFC 3629).
bool valid_utf8(std::string_view text);

// Maps the ids of one column of one block: codes >= 0 are known, others are ~number of a new id.
class BlockIds {
 public:
  void begin(const IdTable* known);
  std::int32_t map(const IdKey& key) {
    const std::int32_t code = key.integer ? known_->find(key.value) : known_->find(key.text);
    return code >= 0 ? code : map_new(key);
  }
  void prefetch(const IdKey& key) const {
    if (key.integer) known_->prefetch(key.value);
  }
  // Puts the new ids into the table, in order; final code by number.
  void join(IdTable& all, std::vector<std::int32_t>& final_codes) const;

 private:
  std::int32_t map_new(const IdKey& key);
  const IdTable* known_ = nullptr;
  IdTable integers_;
  IdTable texts_;  // never canonical integers
  struct NewId {
    bool integer;
    std::int32_t code;  // in integers_ or texts_
  };
  std::vector<NewId> order_;
  std::vector<std::int32_t> number_of_integer_;
  std::vector<std::int32_t> number_of_text_;
};

struct BlockBadRow {
  BadRow cause = BadRow::malformed;
  std::int64_t line = 0;  // 0-based, from the first of the block
  std::string message;    // without file and line
};

struct RowBlock {
  std::array<BlockIds, kIdRoles> ids;
  std::array<std::vector<std::int32_t>, kIdRoles> codes;  // of columns that are present
  std::vector<float> weights;
  std::vector<std::int64_t> timestamps;
  std::int64_t lines = 0;
  std::int64_t rows_read = 0;
  bool users_are_lines = false;  // codes of users are 0-based lines of the block (sequences without a user)
  std::array<std::int64_t, kBadRowCauses> bad_rows{};
  std::vector<BlockBadRow> examples;

  void begin(const std::array<IdColumn*, kIdRoles>& columns);
  // Counts the row of the present line; makes the message only while examples are wanted.
  template <typename MakeMessage>
  void add_bad(BadRow cause, std::int64_t line, MakeMessage&& make_message) {
    ++bad_rows[static_cast<std::size_t>(cause)];
    if (examples.size() < kExamples) examples.push_back({cause, line, make_message()});
  }
  static constexpr std::size_t kExamples = 5;
};

// A block of a source: text that ends at the border of a row, or rows of a columnar reader.
struct SourceBlock {
  std::vector<char> text;  // followed by kTextPadding bytes that may be read
  std::int64_t text_bytes = 0;
  std::shared_ptr<const void> columnar;
};
constexpr std::int64_t kTextPadding = 16;

// One file of a source.
class BlockReader {
 public:
  virtual ~BlockReader() = default;
  // The next block; false at the end. Called in order, by one thread at a time.
  virtual bool next(SourceBlock& block) = 0;
  // Called by several threads at once.
  virtual void parse(const SourceBlock& block, RowBlock& rows) const = 0;
  virtual std::int64_t bytes_done() const = 0;
  virtual const std::string& path() const = 0;
  // "line" or "row", for messages; the number of the first one of the file's first block.
  virtual std::string_view position_name() const { return "line"; }
  virtual std::int64_t first_position() const { return 1; }
};

}  // namespace kindred
