// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/rank_ids.h"

#include <xxhash.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace kindred {

RankedIds rank_ids(const IdTable& ids) {
  RankedIds ranked;
  ranked.code_of_rank = HostArray<std::int32_t>(ids.size());
  ranked.rank_of_code = HostArray<std::int32_t>(ids.size());
  std::iota(ranked.code_of_rank.begin(), ranked.code_of_rank.end(), 0);
  // Ids are distinct, so the order is total.
  if (ids.integers()) {
    std::sort(ranked.code_of_rank.begin(), ranked.code_of_rank.end(),
              [&](std::int32_t a, std::int32_t b) { return ids.integer(a) < ids.integer(b); });
  } else {
    std::sort(ranked.code_of_rank.begin(), ranked.code_of_rank.end(),
              [&](std::int32_t a, std::int32_t b) { return ids.string(a) < ids.string(b); });
  }
  for (std::int32_t rank = 0; rank < ids.size(); ++rank) ranked.rank_of_code[ranked.code_of_rank[rank]] = rank;
  return ranked;
}

DictionaryArrays dictionary_of(const IdTable& ids, const RankedIds& ranked, const HostArray<std::int32_t>& ranks) {
  DictionaryArrays dictionary;
  dictionary.integers = ids.integers();
  const std::int64_t size = ranks.size();
  if (dictionary.integers) {
    dictionary.numbers = HostArray<std::int64_t>(size);
    for (std::int64_t row = 0; row < size; ++row) {
      dictionary.numbers[row] = ids.integer(ranked.code_of_rank[ranks[row]]);
    }
    return dictionary;
  }
  dictionary.offsets = HostArray<std::int64_t>(size + 1, 0);
  for (std::int64_t row = 0; row < size; ++row) {
    const auto length = ids.string(ranked.code_of_rank[ranks[row]]).size();
    dictionary.offsets[row + 1] = dictionary.offsets[row] + static_cast<std::int64_t>(length);
  }
  dictionary.text = HostArray<char>(dictionary.offsets[size]);
  for (std::int64_t row = 0; row < size; ++row) {
    const std::string_view id = ids.string(ranked.code_of_rank[ranks[row]]);
    std::copy(id.begin(), id.end(), dictionary.text.data() + dictionary.offsets[row]);
  }
  return dictionary;
}

HostArray<std::uint64_t> hashes_of(const IdTable& ids, const RankedIds& ranked) {
  HostArray<std::uint64_t> hashes(ids.size());
  for (std::int32_t rank = 0; rank < ids.size(); ++rank) {
    const std::string text = ids.text(ranked.code_of_rank[rank]);
    hashes[rank] = XXH3_64bits(text.data(), text.size());
  }
  return hashes;
}

}  // namespace kindred
