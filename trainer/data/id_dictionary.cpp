// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/id_dictionary.h"

#include "trainer/data/id_table.h"

namespace kindred {

namespace {

// The row in [begin, end) whose id equals `wanted`, of ascending ids; nothing when absent.
template <typename Id, typename At>
std::optional<std::int64_t> search(std::int64_t begin, std::int64_t end, const Id& wanted, At&& at) {
  const std::int64_t last = end;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (at(middle) < wanted) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  if (begin < last && at(begin) == wanted) return begin;
  return std::nullopt;
}

class IntegerDictionary final : public IdDictionary {
 public:
  IntegerDictionary(View<const std::int64_t, 1> numbers, std::int64_t first_run)
      : numbers_(numbers), first_run_(first_run) {}
  std::int64_t size() const override { return numbers_.size(0); }
  bool integers() const override { return true; }
  std::string text(std::int64_t row) const override { return std::to_string(numbers_(row)); }
  std::optional<std::int64_t> find(std::string_view id) const override {
    const std::optional<std::int64_t> number = canonical_integer(id);
    if (!number) return std::nullopt;
    const auto at = [this](std::int64_t row) { return numbers_(row); };
    if (const auto row = search(0, first_run_, *number, at)) return row;
    return search(first_run_, size(), *number, at);
  }

 private:
  View<const std::int64_t, 1> numbers_;
  std::int64_t first_run_;
};

class TextDictionary final : public IdDictionary {
 public:
  TextDictionary(View<const std::int64_t, 1> offsets, const char* text, std::int64_t first_run)
      : offsets_(offsets), text_(text), first_run_(first_run) {}
  std::int64_t size() const override { return offsets_.size(0) - 1; }
  bool integers() const override { return false; }
  std::string text(std::int64_t row) const override { return std::string(at(row)); }
  std::optional<std::int64_t> find(std::string_view id) const override {
    const auto id_at = [this](std::int64_t row) { return at(row); };
    if (const auto row = search(0, first_run_, id, id_at)) return row;
    return search(first_run_, size(), id, id_at);
  }

 private:
  std::string_view at(std::int64_t row) const {
    return {text_ + offsets_(row), static_cast<std::size_t>(offsets_(row + 1) - offsets_(row))};
  }

  View<const std::int64_t, 1> offsets_;
  const char* text_;
  std::int64_t first_run_;
};

}  // namespace

std::unique_ptr<IdDictionary> integer_dictionary(View<const std::int64_t, 1> numbers, std::int64_t first_run) {
  return std::make_unique<IntegerDictionary>(numbers, first_run);
}

std::unique_ptr<IdDictionary> text_dictionary(View<const std::int64_t, 1> offsets, const char* text,
                                              std::int64_t first_run) {
  return std::make_unique<TextDictionary>(offsets, text, first_run);
}

}  // namespace kindred
