// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/race_view.h"

#include <algorithm>

namespace cudaemu {
namespace {

using Entry = std::pair<std::uint32_t, std::shared_ptr<const ThreadClocks>>;

bool holds(const ThreadClocks& a, const ThreadClocks& b) {
  for (std::size_t i = 0; i < b.size(); ++i)
    if (a[i] < b[i]) return false;
  return true;
}

std::shared_ptr<const ThreadClocks> merged_clocks(const std::shared_ptr<const ThreadClocks>& a,
                                                  const std::shared_ptr<const ThreadClocks>& b) {
  if (a == b || holds(*a, *b)) return a;
  if (holds(*b, *a)) return b;
  auto out = std::make_shared<ThreadClocks>(*a);
  for (std::size_t i = 0; i < out->size(); ++i) (*out)[i] = std::max((*out)[i], (*b)[i]);
  return out;
}

}  // namespace

const ThreadClocks* View::find(std::uint32_t block) const {
  const auto found = std::lower_bound(blocks.begin(), blocks.end(), block,
                                      [](const Entry& e, std::uint32_t b) { return e.first < b; });
  return found == blocks.end() || found->first != block ? nullptr : found->second.get();
}

SharedView merged(const SharedView& a, const SharedView& b) {
  if (!b || a == b) return a;
  if (!a) return b;
  auto out = std::make_shared<View>();
  out->blocks.reserve(std::max(a->blocks.size(), b->blocks.size()));
  bool is_a = true, is_b = true;
  auto i = a->blocks.begin(), j = b->blocks.begin();
  while (i != a->blocks.end() || j != b->blocks.end()) {
    if (j == b->blocks.end() || (i != a->blocks.end() && i->first < j->first)) {
      out->blocks.push_back(*i++);
      is_b = false;
    } else if (i == a->blocks.end() || j->first < i->first) {
      out->blocks.push_back(*j++);
      is_a = false;
    } else {
      auto clocks = merged_clocks(i->second, j->second);
      is_a &= clocks == i->second;
      is_b &= clocks == j->second;
      out->blocks.emplace_back(i->first, std::move(clocks));
      ++i, ++j;
    }
  }
  return is_a ? a : is_b ? b : SharedView(std::move(out));
}

SharedView with_block(const SharedView& view, std::uint32_t block, std::shared_ptr<const ThreadClocks> clocks) {
  auto one = std::make_shared<View>();
  one->blocks.emplace_back(block, std::move(clocks));
  return merged(view, one);
}

}  // namespace cudaemu
