// SPDX-License-Identifier: Apache-2.0
// Stable grouping of columns by an integer key: the sort by user, and the transposition of a matrix.
// Two passes over memory that run well: neighbouring keys form at most 1,025 buckets of about equal size; each column
// is first dealt out to the buckets, then put in order within each bucket, in cache. Chunks and buckets depend on the
// keys alone, so the result does not depend on the number of threads.
// Memory: 4 bytes an event beside keys, input and output, and 2 bytes a key.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/host_array.h"

#include <cstdint>
#include <vector>

namespace kindred {

class GroupByKey {
 public:
  // `keys` [size] in [0, num_keys); they must stay until the last apply().
  GroupByKey(ThreadPool& pool, const std::int32_t* keys, std::int64_t size, std::int64_t num_keys);

  // [num_keys + 1]: where each key's events lie after apply().
  const HostArray<std::int64_t>& offsets() const { return offsets_; }
  HostArray<std::int64_t> take_offsets() { return std::move(offsets_); }

  // The column in the order of (key, position).
  template <typename T>
  HostArray<T> apply(const T* column) const {
    HostArray<T> dealt = deal(column);
    parallel_for(pool_, buckets(), 1, [&](std::int64_t bucket, std::int64_t, int) {
      const std::int64_t begin = bucket_begin_[static_cast<std::size_t>(bucket)];
      const std::int64_t length = bucket_begin_[static_cast<std::size_t>(bucket) + 1] - begin;
      const std::vector<T> scratch(dealt.data() + begin, dealt.data() + begin + length);
      for (std::int64_t i = 0; i < length; ++i) {
        dealt[begin + place_[begin + i]] = scratch[static_cast<std::size_t>(i)];
      }
    });
    return dealt;
  }

 private:
  static constexpr std::int64_t kChunk = std::int64_t{1} << 19;

  std::int64_t buckets() const { return static_cast<std::int64_t>(bucket_begin_.size()) - 1; }
  void count_keys(std::int64_t num_keys);
  void choose_buckets(std::int64_t num_keys);
  void count_chunks();
  void find_places();

  template <typename T>
  HostArray<T> deal(const T* column) const {
    HostArray<T> dealt(size_);
    parallel_for(pool_, size_, kChunk, [&](std::int64_t begin, std::int64_t end, int) {
      const auto first = chunk_begin_.begin() + (begin / kChunk) * buckets();
      std::vector<std::int64_t> next(first, first + buckets());
      for (std::int64_t i = begin; i < end; ++i) dealt[next[bucket_of_key_[keys_[i]]]++] = column[i];
    });
    return dealt;
  }

  ThreadPool& pool_;
  const std::int32_t* keys_;
  std::int64_t size_;
  HostArray<std::int64_t> offsets_;
  HostArray<std::uint16_t> bucket_of_key_;
  std::vector<std::int64_t> bucket_begin_;  // [buckets + 1]
  std::vector<std::int64_t> chunk_begin_;   // [chunks, buckets] where a chunk's events of a bucket go
  HostArray<std::int32_t> place_;           // of each dealt event within its bucket
};

}  // namespace kindred
