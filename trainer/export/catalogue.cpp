// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/catalogue.h"

#include "kernels/core/check.h"

#include <algorithm>

namespace kindred {

Catalogue::Catalogue(const Dataset& data, float event_confidence) : data_(data), event_confidence_(event_confidence) {}

bool Catalogue::add(const std::string& id, std::span<const std::string> users, std::string_view place,
                    std::int64_t& unknown) {
  if (new_rows_.count(id) > 0)
    fail(ErrorKind::usage, "{}: item '{}' is named twice; expected one line an item", place, id);
  if (find(id)) {
    fail(ErrorKind::usage, "{}: item '{}' is in the training data; expected only items that are new", place, id);
  }
  std::vector<std::int32_t> trained;
  std::vector<std::int32_t> held_out;
  for (const std::string& user : users) {
    const auto row = data_.users().find(user);
    if (row) (*row < data_.num_users() ? trained : held_out).push_back(static_cast<std::int32_t>(*row));
    unknown += row && *row < data_.num_users() ? 0 : 1;
  }
  if (trained.empty()) return false;
  std::sort(trained.begin(), trained.end());
  trained.erase(std::unique(trained.begin(), trained.end()), trained.end());

  const auto row = static_cast<std::int32_t>(size());
  new_ids_.push_back(id);
  new_rows_.emplace(id, row);
  users_.insert(users_.end(), trained.begin(), trained.end());
  values_.resize(users_.size(), event_confidence_);
  offsets_.push_back(static_cast<std::int64_t>(users_.size()));
  // Who was held out has no vector to learn from, but has seen the item all the same.
  for (const auto* audience : {&trained, &held_out}) {
    for (const std::int32_t user : *audience) {
      std::vector<std::int32_t>& items = touched_[user];
      if (items.empty() || items.back() != row) items.push_back(row);
    }
  }
  return true;
}

std::string Catalogue::text(std::int64_t row) const {
  const std::int64_t trained = data_.num_items();
  return row < trained ? data_.items().text(row) : new_ids_.at(static_cast<std::size_t>(row - trained));
}

std::optional<std::int32_t> Catalogue::find(std::string_view id) const {
  if (const auto row = data_.items().find(id)) return static_cast<std::int32_t>(*row);
  const auto found = new_rows_.find(std::string(id));
  return found == new_rows_.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t Catalogue::popularity(std::int64_t row) const {
  const std::int64_t trained = data_.num_items();
  return row < trained ? data_.item_popularity()(row) : audiences().length(row - trained);
}

CsrView Catalogue::audiences() const {
  const auto nnz = static_cast<std::int64_t>(users_.size());
  CsrView view{.rows = num_new(),
               .columns = data_.num_users(),
               .offsets = {offsets_.data(), {num_new() + 1}},
               .ids = {users_.data(), {nnz}},
               .values = {}};
  if (data_.train().has_values()) view.values = {values_.data(), {nnz}};
  return view;
}

std::span<const std::int32_t> Catalogue::touched(std::int64_t user) const {
  const auto found = touched_.find(user);
  return found == touched_.end() ? std::span<const std::int32_t>() : found->second;
}

}  // namespace kindred
