// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/item_groups.h"

#include <algorithm>
#include <numeric>

namespace kindred {

std::vector<std::uint8_t> item_groups(View<const std::int64_t, 1> popularity) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(popularity.size(0)));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return popularity(a) > popularity(b); });
  double total = 0.0;
  for (const std::int64_t item : order) total += static_cast<double>(popularity(item));
  std::vector<std::uint8_t> groups(order.size());
  double before = 0.0;
  for (const std::int64_t item : order) {
    groups[static_cast<std::size_t>(item)] = 3.0 * before < total ? 0 : 3.0 * before < 2.0 * total ? 1 : 2;
    before += static_cast<double>(popularity(item));
  }
  return groups;
}

std::vector<std::uint8_t> deciles(const std::vector<std::int64_t>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<std::uint8_t> groups(values.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    groups[order[rank]] = static_cast<std::uint8_t>(10 * rank / order.size());
  }
  return groups;
}

}  // namespace kindred
