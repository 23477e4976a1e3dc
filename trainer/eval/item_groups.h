// SPDX-License-Identifier: Apache-2.0
// Head, mid and tail of a catalogue: items by popularity descending, then row ascending; an item belongs to the
// third of all training events in which its own begin (head: cumulative share before it below 1/3; mid: below 2/3).
#pragma once

#include "kernels/core/view.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kindred {

inline constexpr std::array<std::string_view, 3> kItemGroupNames = {"head", "mid", "tail"};

std::vector<std::uint8_t> item_groups(View<const std::int64_t, 1> popularity);

// Decile 0..9 of each of `values` by ascending rank, equal values in the order given.
std::vector<std::uint8_t> deciles(const std::vector<std::int64_t>& values);

}  // namespace kindred
