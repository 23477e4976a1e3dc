// SPDX-License-Identifier: Apache-2.0
// External ids in ascending order: integers by value, texts by bytes. This order does not depend on the order of the
// source's rows, and it is the order of rows in the dictionaries of a prepared dataset.
#pragma once

#include "trainer/data/dataset_arrays.h"
#include "trainer/data/id_table.h"

#include <cstdint>

namespace kindred {

struct RankedIds {
  HostArray<std::int32_t> rank_of_code;
  HostArray<std::int32_t> code_of_rank;
};

RankedIds rank_ids(const IdTable& ids);

// The ids of `ranks`, in the given order.
DictionaryArrays dictionary_of(const IdTable& ids, const RankedIds& ranked, const HostArray<std::int32_t>& ranks);

// A hash of each id's text, by rank: the key of what is drawn at random, so that a draw depends on the seed and the
// external id, not on the order of rows, other events or filters.
HostArray<std::uint64_t> hashes_of(const IdTable& ids, const RankedIds& ranked);

}  // namespace kindred
