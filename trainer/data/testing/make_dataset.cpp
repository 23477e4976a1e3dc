// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/testing/make_dataset.h"

#include "kernels/core/check.h"
#include "trainer/data/dataset_writer.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

namespace {

using Cells = std::map<std::pair<std::int32_t, std::int32_t>, TestEvent>;  // by (row, column)

CsrArrays to_csr(const Cells& cells, std::int64_t rows, std::int64_t columns, bool values) {
  CsrArrays csr;
  csr.rows = rows;
  csr.columns = columns;
  csr.offsets = HostArray<std::int64_t>(rows + 1, 0);
  csr.ids = HostArray<std::int32_t>(static_cast<std::int64_t>(cells.size()));
  if (values) csr.values = HostArray<float>(csr.ids.size());
  std::int64_t entry = 0;
  for (const auto& [cell, event] : cells) {
    KINDRED_CHECK(cell.first >= 0 && cell.first < rows && cell.second >= 0 && cell.second < columns,
                  "[make_dataset] event ({}, {}) lies outside {} x {}", cell.first, cell.second, rows, columns);
    csr.offsets[cell.first + 1]++;
    csr.ids[entry] = cell.second;
    if (values) csr.values[entry] = event.weight;
    ++entry;
  }
  for (std::int64_t row = 0; row < rows; ++row) csr.offsets[row + 1] += csr.offsets[row];
  return csr;
}

DictionaryArrays dictionary(std::int64_t size, bool text, char letter) {
  DictionaryArrays ids;
  ids.integers = !text;
  if (!text) {
    ids.numbers = HostArray<std::int64_t>(size);
    for (std::int64_t row = 0; row < size; ++row) ids.numbers[row] = row;
    return ids;
  }
  std::string all;
  ids.offsets = HostArray<std::int64_t>(size + 1, 0);
  for (std::int64_t row = 0; row < size; ++row) {
    all += fmt::format("{}{:06}", letter, row);
    ids.offsets[row + 1] = static_cast<std::int64_t>(all.size());
  }
  ids.text = HostArray<char>(static_cast<std::int64_t>(all.size()));
  std::copy(all.begin(), all.end(), ids.text.begin());
  return ids;
}

EvaluationArrays part_of(const TestPart& part, const Cells& known, std::int64_t num_items, bool values) {
  EvaluationArrays arrays;
  arrays.present = !part.targets.empty();
  if (!arrays.present) return arrays;
  arrays.fold_in = part.fold_in;
  std::set<std::int32_t> users;
  for (const TestEvent& event : part.targets) users.insert(event.user);
  arrays.users = HostArray<std::int32_t>(std::vector<std::int32_t>(users.begin(), users.end()));
  std::map<std::int32_t, std::int32_t> row_of;
  for (const std::int32_t user : users) row_of.emplace(user, static_cast<std::int32_t>(row_of.size()));

  Cells targets;
  Cells history;
  for (const TestEvent& event : part.targets) targets[{row_of.at(event.user), event.item}] = event;
  if (part.fold_in) {
    for (const TestEvent& event : part.history) history[{row_of.at(event.user), event.item}] = event;
  } else {
    for (const auto& [cell, event] : known) {
      if (row_of.count(cell.first) > 0) history[{row_of.at(cell.first), cell.second}] = event;
    }
  }
  arrays.history = to_csr(history, arrays.users.size(), num_items, values);
  arrays.targets = to_csr(targets, arrays.users.size(), num_items, values);
  return arrays;
}

fs::path temporary_folder() {
  static std::atomic<int> number{0};
  return fs::temp_directory_path() / fmt::format("kindred-test-{}-{}", ::getpid(), number++);
}

}  // namespace

std::shared_ptr<const Dataset> make_dataset(const TestDataset& description, const fs::path& folder) {
  std::int64_t num_users = description.num_users;
  std::int64_t num_items = description.num_items;
  std::int64_t all_users = num_users;
  Cells train;
  Cells transposed;
  for (const TestEvent& event : description.train) {
    if (description.num_users == 0) num_users = std::max<std::int64_t>(num_users, event.user + 1);
    if (description.num_items == 0) num_items = std::max<std::int64_t>(num_items, event.item + 1);
    const bool added = train.emplace(std::pair{event.user, event.item}, event).second;
    KINDRED_CHECK(added, "[make_dataset] user {} has item {} twice", event.user, event.item);
    transposed.emplace(std::pair{event.item, event.user}, event);
  }
  for (const TestPart* part : {&description.validation, &description.test}) {
    for (const TestEvent& event : part->targets) all_users = std::max<std::int64_t>(all_users, event.user + 1);
  }
  all_users = std::max(all_users, num_users);

  DatasetArrays arrays;
  arrays.train = to_csr(train, num_users, num_items, description.values);
  arrays.train_transposed = to_csr(transposed, num_items, num_users, description.values);
  arrays.item_popularity = HostArray<std::int64_t>(num_items, 0);
  if (description.timestamps) arrays.timestamps = HostArray<std::int64_t>(arrays.train.nnz());
  std::int64_t entry = 0;
  for (const auto& [cell, event] : train) {
    arrays.item_popularity[event.item]++;
    if (description.timestamps) arrays.timestamps[entry] = event.time;
    ++entry;
  }
  arrays.validation = part_of(description.validation, train, num_items, description.values);
  Cells known = train;
  if (!description.validation.fold_in) {
    for (const TestEvent& event : description.validation.targets) known[{event.user, event.item}] = event;
  }
  arrays.test = part_of(description.test, known, num_items, description.values);
  arrays.users = dictionary(all_users, description.text_ids, 'u');
  arrays.items = dictionary(num_items, description.text_ids, 'i');

  const fs::path target = folder.empty() ? temporary_folder() : folder;
  KINDRED_CHECK(write_dataset(target, arrays), "[make_dataset] {} exists already", target.string());
  std::shared_ptr<const Dataset> dataset = Dataset::open(target);
  if (folder.empty()) fs::remove_all(target);  // the mapping keeps the data alive
  return dataset;
}

}  // namespace kindred
