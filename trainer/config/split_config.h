// SPDX-License-Identifier: Apache-2.0
// `split`: what is training, validation and test.
#pragma once

#include "trainer/config/field.h"

#include <array>
#include <cstdint>
#include <string>

namespace kindred {

enum class SplitProtocol { none, given, leave_one_out, global_temporal, held_out_users, random };
enum class TemporalTargets { first, last, all };

template <>
inline constexpr std::array<std::string_view, 6> kChoices<SplitProtocol> = {
    "none", "given", "leave_one_out", "global_temporal", "held_out_users", "random"};
template <>
inline constexpr std::array<std::string_view, 3> kChoices<TemporalTargets> = {"first", "last", "all"};

struct SplitConfig {
  SplitProtocol protocol = SplitProtocol::random;
  std::string test;               // given: file
  std::string validation;         // given: file
  double test_ratio = 0.2;        // random: share of events; held_out_users without counts: share of users
  double validation_ratio = 0.0;  // share of what is left for training, held out while tuning
  std::int64_t test_users = 0;    // held_out_users: counts
  std::int64_t validation_users = 0;
  double fold_in_ratio = 0.8;   // held_out_users: share of a user's events that fold in
  std::string test_time;        // global_temporal: events from here on are test
  std::string validation_time;  // global_temporal: events from here to test_time are validation
  TemporalTargets targets = TemporalTargets::all;
  std::uint64_t seed = 42;
};

template <typename Visitor>
void fields(Visitor& visit, SplitConfig& c) {
  const std::string protocol = "split.protocol";
  const Condition given = {protocol, {"given"}};
  const Condition users = {protocol, {"held_out_users"}};
  const Condition temporal = {protocol, {"global_temporal"}};
  const Condition drawn = {protocol, {"none", "given", "global_temporal", "held_out_users", "random"}};
  visit("protocol", c.protocol,
        {.doc = "`given` files; `leave_one_out` last event of each user; `global_temporal` one time point; "
                "`held_out_users` whole users, folded in; `random` events; `none`."});
  visit("test", c.test,
        {.doc = "File of test events, in the format of the training data.",
         .rule = TextRule::input_file,
         .when = {given},
         .result_depends = false});
  visit("validation", c.validation,
        {.doc = "File of validation events.", .rule = TextRule::input_file, .when = {given}, .result_depends = false});
  visit("test_ratio", c.test_ratio,
        {.doc = "Share of the events (`random`) or users (`held_out_users` without `test_users`) that is test.",
         .min = 0,
         .max = 1,
         .above_min = true,
         .below_max = true,
         .when = {{protocol, {"random", "held_out_users"}}, {"split.test_users", {"0"}}}});
  visit("validation_ratio", c.validation_ratio,
        {.doc = "Share of each user's training events (`held_out_users`: of the other users) that is held out as "
                "validation.",
         .min = 0,
         .max = 1,
         .below_max = true,
         .when = {drawn, {"split.validation_users", {"0"}}}});
  visit("test_users", c.test_users,
        {.doc = "Number of test users; 0: by `test_ratio`.", .min = 0, .max = 2147483647, .when = {users}});
  visit("validation_users", c.validation_users,
        {.doc = "Number of validation users; 0: by `validation_ratio`.", .min = 0, .max = 2147483647, .when = {users}});
  visit("fold_in_ratio", c.fold_in_ratio,
        {.doc = "Share of a held-out user's events that is known; the rest are targets.",
         .min = 0,
         .max = 1,
         .above_min = true,
         .below_max = true,
         .when = {users}});
  visit("test_time", c.test_time,
        {.doc = "Events from here on are test: ISO 8601 (UTC unless it says otherwise) or epoch seconds.",
         .rule = TextRule::time,
         .when = {temporal}});
  visit("validation_time", c.validation_time,
        {.doc = "Events from here to `test_time` are validation.", .rule = TextRule::time, .when = {temporal}});
  visit("targets", c.targets, {.doc = "Which of a user's later events are targets.", .when = {temporal}});
  visit("seed", c.seed, {.doc = "Seed of the split, apart from `run.seed`.", .min = 0, .when = {drawn}});
}

}  // namespace kindred
