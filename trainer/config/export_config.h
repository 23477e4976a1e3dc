// SPDX-License-Identifier: Apache-2.0
// `export`: what leaves a run for the systems that serve it (docs/export.md).
#pragma once

#include "trainer/config/field.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

enum class ExportDtype { float32, float16 };
enum class IndexType { automatic, none, flat, ivf_flat, ivf_pq, sq8, fp16, hnsw };

template <>
inline constexpr std::array<std::string_view, 2> kChoices<ExportDtype> = {"float32", "float16"};
template <>
inline constexpr std::array<std::string_view, 8> kChoices<IndexType> = {"auto",   "none", "flat", "ivf_flat",
                                                                        "ivf_pq", "sq8",  "fp16", "hnsw"};
inline std::string_view name_of(IndexType type) { return kChoices<IndexType>[static_cast<std::size_t>(type)]; }

struct IndexConfig {
  IndexType type = IndexType::automatic;
  double min_recall = 0.95;
  std::int64_t lists = 0;
  std::int64_t probes = 0;
  std::int64_t segments = 0;
  std::int64_t links = 32;
  std::int64_t ef_construction = 40;
  std::int64_t ef_search = 0;
  std::int64_t check_users = 1000;
};

template <typename Visitor>
void fields(Visitor& visit, IndexConfig& c) {
  const Condition built = {"export.index.type", {"auto", "flat", "ivf_flat", "ivf_pq", "sq8", "fp16", "hnsw"}};
  const Condition in_lists = {"export.index.type", {"auto", "ivf_flat", "ivf_pq", "hnsw"}};
  const Condition graph = {"export.index.type", {"hnsw"}};
  visit("type", c.type,
        {.doc = "The faiss index of the items: `flat` (exact), `ivf_flat`, `ivf_pq`, `sq8`, `fp16`, `hnsw`, `none`; "
                "`auto` picks by size and recall.",
         .result_depends = false});
  visit(
      "min_recall", c.min_recall,
      {.doc = "Least recall@10 and recall@100 against exact search; an index below it is replaced: hnsw and ivf_pq by "
              "ivf_flat, that and all others by flat.",
       .min = 0,
       .max = 1,
       .when = {built},
       .result_depends = false});
  visit("lists", c.lists,
        {.doc = "Lists of an inverted file; 0: by the number of items.",
         .min = 0,
         .max = 1 << 20,
         .when = {in_lists},
         .result_depends = false});
  visit("probes", c.probes,
        {.doc = "Lists that a query looks into; 0: the fewest that keep `min_recall`.",
         .min = 0,
         .max = 1 << 20,
         .when = {in_lists},
         .result_depends = false});
  visit("segments", c.segments,
        {.doc = "Bytes of an item's code, each for an equal part of the vector; 0: a quarter of the vector's length.",
         .min = 0,
         .max = 8192,
         .when = {{"export.index.type", {"ivf_pq"}}},
         .result_depends = false});
  visit("links", c.links,
        {.doc = "Links of a node of the graph.", .min = 2, .max = 256, .when = {graph}, .result_depends = false});
  visit("ef_construction", c.ef_construction,
        {.doc = "Candidates for a node's links while the graph is built; by inner product more is not better: see "
                "docs/export.md.",
         .min = 4,
         .max = 10000,
         .when = {graph},
         .result_depends = false});
  visit("ef_search", c.ef_search,
        {.doc = "Candidates of a query; 0: the fewest that keep `min_recall`.",
         .min = 0,
         .max = 100000,
         .when = {graph},
         .result_depends = false});
  visit("check_users", c.check_users,
        {.doc = "Held-out users whose recommendations from the written index are compared with exact search.",
         .min = 10,
         .max = 100000,
         .unit = "users",
         .when = {built},
         .result_depends = false});
}

struct ExportConfig {
  bool at_end = false;
  std::vector<std::string> formats = {"npy", "safetensors", "parquet"};
  ExportDtype dtype = ExportDtype::float32;
  bool seen_items = true;
  IndexConfig index;
};

template <typename Visitor>
void fields(Visitor& visit, ExportConfig& c) {
  visit("at_end", c.at_end,
        {.doc = "`train` exports when it has evaluated, into `export/` of the run folder.", .result_depends = false});
  visit("formats", c.formats,
        {.doc = "Of the vectors: `npy`, `safetensors`, `parquet`.",
         .choices = {"npy", "safetensors", "parquet"},
         .result_depends = false});
  visit("dtype", c.dtype,
        {.doc = "Of the vectors in .npy and .safetensors: `float32` or `float16`; Parquet and the index have float32.",
         .result_depends = false});
  visit("seen_items", c.seen_items,
        {.doc = "Write what each user has touched, for filtering.", .result_depends = false});
  visit.section("index", c.index, "The index of the items for faiss, by inner product.");
}

}  // namespace kindred
