// SPDX-License-Identifier: Apache-2.0
// A prepared dataset in memory, before it is written: what prepare makes, and what tests make by hand.
#pragma once

#include "trainer/data/host_array.h"

#include <cstdint>
#include <string>

namespace kindred {

struct CsrArrays {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  HostArray<std::int64_t> offsets;  // [rows + 1]
  HostArray<std::int32_t> ids;      // [nnz], strictly ascending within a row
  HostArray<float> values;          // [nnz], or not allocated: all 1

  std::int64_t nnz() const { return ids.size(); }
  CsrView view() const { return {rows, columns, offsets.view(), ids.view(), values.view()}; }
};

// External ids in row order: ascending by number or by bytes, training rows first, then held-out rows.
struct DictionaryArrays {
  bool integers = true;
  HostArray<std::int64_t> numbers;  // [n] when integers
  HostArray<std::int64_t> offsets;  // [n + 1] into text, otherwise
  HostArray<char> text;

  std::int64_t size() const { return integers ? numbers.size() : std::max<std::int64_t>(0, offsets.size() - 1); }
};

struct EvaluationArrays {
  bool present = false;
  bool fold_in = false;
  HostArray<std::int32_t> users;
  CsrArrays history;
  CsrArrays targets;
};

struct DatasetArrays {
  CsrArrays train;
  CsrArrays train_transposed;
  HostArray<std::int64_t> timestamps;  // [nnz] in train's order, or not allocated
  HostArray<std::int64_t> item_popularity;
  EvaluationArrays validation;
  EvaluationArrays test;
  DictionaryArrays users;
  DictionaryArrays items;
  std::string fingerprint;
  std::string statistics_json = "{}";
  std::string config_json = "{}";  // data and split sections that made it, without secrets
  std::string source_json = "{}";  // files read: names, sizes, checksums
};

}  // namespace kindred
