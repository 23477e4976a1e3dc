// SPDX-License-Identifier: Apache-2.0
// A few users of a finished run with what is known of them and what they would be shown, for people to judge.
// They stand evenly along the length of history: of the evaluated users of test, else of validation, else of the
// training data. Deterministic.
#pragma once

#include "trainer/data/item_names.h"
#include "trainer/train/trained_run.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

struct SampleItem {
  std::string id;
  std::string title;  // empty: it has none
  float score = 0.0F;
  bool relevant = false;  // among what the user did touch afterwards
};

struct SampleUser {
  std::string id;
  std::int64_t history_length = 0;
  std::vector<SampleItem> history;  // at most kShownHistory
  std::vector<SampleItem> recommended;
  std::int64_t targets = 0;  // relevant items that the part holds for the user
};

struct SampleUsers {
  std::string part;          // "test", "validation", "training"
  bool most_recent = false;  // how histories are ordered: by time, else by popularity
  std::vector<SampleUser> users;
};

inline constexpr std::int64_t kShownHistory = 8;

SampleUsers sample_users(const TrainedRun& run, const ItemNames& names, std::int64_t count, std::int64_t k);

}  // namespace kindred
