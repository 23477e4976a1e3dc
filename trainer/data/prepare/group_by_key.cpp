// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/group_by_key.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace kindred {

GroupByKey::GroupByKey(ThreadPool& pool, const std::int32_t* keys, std::int64_t size, std::int64_t num_keys)
    : pool_(pool), keys_(keys), size_(size) {
  count_keys(num_keys);
  choose_buckets(num_keys);
  count_chunks();
  find_places();
}

void GroupByKey::count_keys(std::int64_t num_keys) {
  offsets_ = HostArray<std::int64_t>(num_keys + 1, 0);
  parallel_for(pool_, size_, kChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      KINDRED_ASSERT(keys_[i] >= 0 && keys_[i] < num_keys);
      std::atomic_ref(offsets_[std::int64_t{keys_[i]} + 1]).fetch_add(1, std::memory_order_relaxed);
    }
  });
  for (std::int64_t key = 0; key < num_keys; ++key) offsets_[key + 1] += offsets_[key];
}

void GroupByKey::choose_buckets(std::int64_t num_keys) {
  constexpr std::int64_t kSmallestBucket = 32768;
  constexpr std::int64_t kMostBuckets = 1024;
  const std::int64_t target = std::max(kSmallestBucket, size_ / kMostBuckets + 1);
  bucket_of_key_ = HostArray<std::uint16_t>(num_keys);
  bucket_begin_ = {0};
  for (std::int64_t key = 0; key < num_keys; ++key) {
    bucket_of_key_[key] = static_cast<std::uint16_t>(bucket_begin_.size() - 1);
    const bool full = offsets_[key + 1] - bucket_begin_.back() >= target;
    if (full || key + 1 == num_keys) bucket_begin_.push_back(offsets_[key + 1]);
  }
  for (std::size_t bucket = 0; bucket + 1 < bucket_begin_.size(); ++bucket) {
    const std::int64_t length = bucket_begin_[bucket + 1] - bucket_begin_[bucket];
    if (length > std::numeric_limits<std::int32_t>::max()) {
      fail(ErrorKind::data, "a single user or item has about {} events; at most 2147483647 are supported", length);
    }
  }
}

void GroupByKey::count_chunks() {
  const std::int64_t chunks = (size_ + kChunk - 1) / kChunk;
  chunk_begin_.assign(static_cast<std::size_t>(chunks * buckets()), 0);
  parallel_for(pool_, size_, kChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(buckets()), 0);
    for (std::int64_t i = begin; i < end; ++i) counts[bucket_of_key_[keys_[i]]]++;
    std::copy(counts.begin(), counts.end(), chunk_begin_.begin() + (begin / kChunk) * buckets());
  });
  for (std::int64_t bucket = 0; bucket < buckets(); ++bucket) {
    std::int64_t next = bucket_begin_[static_cast<std::size_t>(bucket)];
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::int64_t& cell = chunk_begin_[static_cast<std::size_t>(chunk * buckets() + bucket)];
      next += std::exchange(cell, next);
    }
  }
}

void GroupByKey::find_places() {
  place_ = deal(keys_);
  parallel_for(pool_, buckets(), 1, [&](std::int64_t bucket, std::int64_t, int) {
    const std::int64_t begin = bucket_begin_[static_cast<std::size_t>(bucket)];
    const std::int64_t end = bucket_begin_[static_cast<std::size_t>(bucket) + 1];
    if (begin == end) return;
    const auto [low, high] = std::minmax_element(place_.data() + begin, place_.data() + end);
    const std::int32_t first_key = *low;
    std::vector<std::int32_t> next(static_cast<std::size_t>(*high - first_key) + 1);
    for (std::size_t key = 0; key < next.size(); ++key) {
      next[key] = static_cast<std::int32_t>(offsets_[first_key + static_cast<std::int64_t>(key)] - begin);
    }
    for (std::int64_t i = begin; i < end; ++i) place_[i] = next[static_cast<std::size_t>(place_[i] - first_key)]++;
  });
}

}  // namespace kindred
