// SPDX-License-Identifier: Apache-2.0
// Small datasets for tests, written and opened by the real code. Users and items are given by row number; their
// external ids are the same numbers, or "u7" / "i7" zero-padded to six digits ("u000007") with text_ids.
#pragma once

#include "trainer/data/dataset.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace kindred {

struct TestEvent {
  std::int32_t user = 0;
  std::int32_t item = 0;
  float weight = 1.0F;  // the stored confidence; -c is negative feedback
  std::int64_t time = 0;
};

// The history of a part's users is their training row (for test also their validation targets), unless `fold_in`:
// then it is `history`, and the users are the rows after num_users.
struct TestPart {
  std::vector<TestEvent> targets;
  std::vector<TestEvent> history;
  bool fold_in = false;
};

struct TestDataset {
  std::vector<TestEvent> train;  // (user, item) at most once each
  TestPart validation;           // present when it has targets
  TestPart test;
  std::int64_t num_users = 0;  // 0: the largest row + 1
  std::int64_t num_items = 0;
  bool values = true;  // false: no values array, all confidences are 1
  bool timestamps = false;
  bool text_ids = false;
};

// Written to `folder`, which must not exist; without one to a temporary folder, removed again once it is mapped.
std::shared_ptr<const Dataset> make_dataset(const TestDataset& description, const std::filesystem::path& folder = {});

}  // namespace kindred
