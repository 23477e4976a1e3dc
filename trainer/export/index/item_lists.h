// SPDX-License-Identifier: Apache-2.0
// Items in lists, and codebooks, by kernels/kmeans: the numbers behind ivf_flat and ivf_pq.
// A query looks into the lists whose centroids score best. The items that it wants are the long ones, so their lengths
// weigh: on ALS factors of Gowalla, 32 of 1024 lists hold .96 of the true top 100, .95 with plain means, .91 with unit
// centroids.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <cstdint>
#include <vector>

namespace kindred {

struct ItemLists {
  std::int64_t lists = 0;
  std::vector<float> centroids;     // [lists, D] sum over a list's items of |x| x, by their number
  std::vector<std::int32_t> place;  // [I] an item's list
};

// lists = 0: 4 sqrt(I) as a power of two, with at least 16 items a list. Spherical k-means of at most 64 items a list.
ItemLists make_item_lists(const Context& ctx, View<const float, 2> items, std::int64_t lists);

// Product codes of what is left of an item beside its list's centroid: [segments, 256, D / segments].
// Error(usage) when segments does not divide D or there are fewer than 256 items.
std::vector<float> make_codebooks(const Context& ctx, View<const float, 2> items, const ItemLists& lists,
                                  std::int64_t segments);

}  // namespace kindred
