// SPDX-License-Identifier: Apache-2.0
// An index of items by inner product, as faiss reads it: the one folder that includes faiss (1.7.3 and newer); a build
// without it (KINDRED_FAISS=OFF) links not_built.cpp, which throws.
//     flat       exact                                        fp16, sq8   every item, in half precision or bytes
//     ivf_flat   lists by k-means; a query looks into the `probes` best lists
//     ivf_pq     the same with coded items: one byte for each of `segments` parts of the vector
//     hnsw       a graph; a query keeps `ef_search` candidates
// Lists: spherical k-means (kernels/kmeans) of a sample, so that long vectors do not gather in one list; every item
// goes to the list of its direction. What a query is compared with is the mean of a list's items: their mean score. Row
// numbers are the ids. Building is deterministic (hnsw with one thread for that reason); so are the bytes written.
// Memory of the host: the items once more, or what is coded of them.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"
#include "trainer/config/export_config.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace kindred {

// What a manifest says of an index.
struct IndexShape {
  IndexType type = IndexType::flat;
  std::int64_t items = 0;
  std::int64_t dim = 0;
  bool inner_product = true;
  std::int64_t lists = 0;         // of inverted files
  std::int64_t largest_list = 0;  // items in it
  std::int64_t segments = 0;      // ivf_pq
  std::int64_t links = 0;         // hnsw
  std::int64_t effort = 0;        // probes, or ef_search; 0 where there is no choice
};

class ItemIndex {
 public:
  virtual ~ItemIndex() = default;
  virtual IndexShape shape() const = 0;
  // probes of inverted files, ef_search of a graph; stored in the file, and taken by who reads it.
  virtual void set_effort(std::int64_t effort) = 0;
  // Row numbers [n, k] of the best items, -1 where there are fewer; on the host, by `threads`.
  virtual void search(View<const float, 2> queries, View<std::int64_t, 2> items, int threads) const = 0;
  virtual void write(const std::function<void(std::span<const std::byte>)>& put) const = 0;
};

// `items` on the host; `ctx`: the device for k-means. The type must not be automatic or none. effort 0 stands for 1.
std::unique_ptr<ItemIndex> build_item_index(const Context& ctx, View<const float, 2> items, IndexType type,
                                            const IndexConfig& config);
// Error(data) naming the file when it is not such an index.
std::unique_ptr<ItemIndex> read_item_index(const std::filesystem::path& file);

std::string faiss_version();

}  // namespace kindred
