// SPDX-License-Identifier: Apache-2.0
// A prepared dataset, opened: memory-mapped arrays and their views (docs/file_formats.md has the folder).
// Immutable; copies of the views stay valid while the Dataset lives. Throws Error(data) when a file is missing,
// damaged, of another version or out of range.
#pragma once

#include "kernels/core/view.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kindred {

// External ids of rows, in row order. Ids are 64-bit integers or strings; text() gives either as text.
class IdDictionary {
 public:
  virtual ~IdDictionary() = default;
  virtual std::int64_t size() const = 0;
  virtual bool integers() const = 0;
  virtual std::string text(std::int64_t row) const = 0;
  virtual std::optional<std::int64_t> find(std::string_view id) const = 0;  // row of an external id
};

// Users that are evaluated, what is known of them, and what they should be shown. Row r of each matrix belongs to
// users(r), a row of the user dictionary.
struct EvaluationPart {
  bool present = false;
  bool fold_in = false;               // users were held out: no trained vector, fold in from `history`
  View<const std::int32_t, 1> users;  // [n]
  CsrView history;                    // [n, I] known before the targets (training, for test also validation): masked
  CsrView targets;                    // [n, I] relevant items; values = weights
};

class Dataset {
 public:
  static std::shared_ptr<const Dataset> open(const std::filesystem::path& folder);
  ~Dataset();

  std::int64_t num_users() const;  // rows of the training matrix
  std::int64_t num_items() const;
  // The training matrix and its transpose. Values are confidences; a negative value -c is negative feedback with
  // confidence c (target 0). Absent values: all 1.
  const CsrView& train() const;                         // [U, I]
  const CsrView& train_transposed() const;              // [I, U]
  View<const std::int64_t, 1> timestamps() const;       // [nnz of train] epoch seconds, in train()'s order; or empty
  View<const std::int64_t, 1> item_popularity() const;  // [I] training events
  const EvaluationPart& validation() const;
  const EvaluationPart& test() const;
  const IdDictionary& users() const;           // training users first, then held-out users
  const IdDictionary& items() const;           // items seen in training
  const std::string& fingerprint() const;      // of source and config
  const std::string& statistics_json() const;  // counts read, dropped by cause, kept; shape, density, time range
  const std::filesystem::path& folder() const;

 private:
  Dataset();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred
