// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/dataset.h"

#include "kernels/core/check.h"
#include "kernels/core/dtype.h"
#include "trainer/data/dataset_checks.h"
#include "trainer/data/dataset_manifest.h"
#include "trainer/data/id_dictionary.h"
#include "trainer/data/mapped_file.h"

#include <vector>

namespace kindred {

namespace fs = std::filesystem;

namespace {

template <typename T>
const char* dtype_of() {
  if constexpr (std::is_same_v<T, std::int64_t>) return "int64";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
  if constexpr (std::is_same_v<T, float>) return "float32";
  return "bytes";
}

}  // namespace

struct Dataset::Impl {
  fs::path folder;
  DatasetManifest manifest;
  std::vector<MappedFile> files;
  CsrView train;
  CsrView train_transposed;
  View<const std::int64_t, 1> timestamps;
  View<const std::int64_t, 1> item_popularity;
  EvaluationPart validation;
  EvaluationPart test;
  std::unique_ptr<IdDictionary> users;
  std::unique_ptr<IdDictionary> items;
  std::string statistics_json;

  bool has(const std::string& name) const { return manifest.find(name) != nullptr; }

  template <typename T>
  View<const T, 1> map(const std::string& name) {
    const ManifestFile* file = manifest.find(name);
    const std::string path = (folder / name).string();
    if (file == nullptr) fail(ErrorKind::data, "{}: not listed in the manifest, but needed", path);
    if (file->dtype != dtype_of<T>() || file->count < 0 ||
        file->bytes != checked_mul(file->count, static_cast<std::int64_t>(sizeof(T)))) {
      fail(ErrorKind::data, "{}: the manifest says {} x {} in {} bytes; expected elements of type {}", path,
           file->count, file->dtype, file->bytes, dtype_of<T>());
    }
    files.emplace_back(folder / name, *file);
    return {reinterpret_cast<const T*>(files.back().data()), {file->count}};
  }

  CsrView map_csr(const std::string& name, std::int64_t rows, std::int64_t columns) {
    CsrView csr;
    csr.rows = rows;
    csr.columns = columns;
    csr.offsets = map<std::int64_t>(name + ".offsets");
    csr.ids = map<std::int32_t>(name + ".ids");
    if (has(name + ".values")) csr.values = map<float>(name + ".values");
    check_csr(csr, (folder / name).string());
    return csr;
  }

  EvaluationPart map_part(const std::string& name, const ManifestPart& from) {
    EvaluationPart part;
    part.present = from.present;
    part.fold_in = from.fold_in;
    if (!part.present) return part;
    part.users = map<std::int32_t>(name + ".users");
    check_rows(part.users, users->size(), (folder / (name + ".users")).string());
    part.history = map_csr(name + ".history", part.users.size(0), manifest.num_items);
    part.targets = map_csr(name + ".targets", part.users.size(0), manifest.num_items);
    return part;
  }

  std::unique_ptr<IdDictionary> map_dictionary(const std::string& name, bool integers, std::int64_t first_run) {
    const std::string path = (folder / name).string();
    if (integers) {
      const auto numbers = map<std::int64_t>(name + ".numbers");
      check_numbers(numbers, first_run, path + ".numbers");
      return integer_dictionary(numbers, first_run);
    }
    const auto offsets = map<std::int64_t>(name + ".offsets");
    const auto text = map<char>(name + ".text");
    check_texts(offsets, text, first_run, path);
    return text_dictionary(offsets, text.data(), first_run);
  }

  void open() {
    manifest = DatasetManifest::read(folder);
    const std::int64_t num_users = manifest.num_users;
    const std::int64_t num_items = manifest.num_items;
    check_shape(num_users, num_items, (folder / kManifestName).string());
    train = map_csr("train", num_users, num_items);
    train_transposed = map_csr("train_transposed", num_items, num_users);
    if (train_transposed.nnz() != train.nnz() || train_transposed.has_values() != train.has_values()) {
      fail(ErrorKind::data, "{}: train and train_transposed differ in size", folder.string());
    }
    if (has("train.timestamps")) {
      timestamps = map<std::int64_t>("train.timestamps");
      check_count(timestamps.size(0), train.nnz(), (folder / "train.timestamps").string());
    }
    item_popularity = map<std::int64_t>("item_popularity");
    check_count(item_popularity.size(0), num_items, (folder / "item_popularity").string());
    users = map_dictionary("users", manifest.integer_users, num_users);
    items = map_dictionary("items", manifest.integer_items, num_items);
    check_count(items->size(), num_items, (folder / "items").string());
    validation = map_part("validation", manifest.validation);
    test = map_part("test", manifest.test);
    const auto statistics = map<char>("statistics.json");
    statistics_json.assign(statistics.data(), static_cast<std::size_t>(statistics.count()));
  }
};

Dataset::Dataset() : impl_(std::make_unique<Impl>()) {}
Dataset::~Dataset() = default;

std::shared_ptr<const Dataset> Dataset::open(const fs::path& folder) {
  std::shared_ptr<Dataset> dataset(new Dataset());
  dataset->impl_->folder = folder;
  dataset->impl_->open();
  return dataset;
}

std::int64_t Dataset::num_users() const { return impl_->train.rows; }
std::int64_t Dataset::num_items() const { return impl_->train.columns; }
const CsrView& Dataset::train() const { return impl_->train; }
const CsrView& Dataset::train_transposed() const { return impl_->train_transposed; }
View<const std::int64_t, 1> Dataset::timestamps() const { return impl_->timestamps; }
View<const std::int64_t, 1> Dataset::item_popularity() const { return impl_->item_popularity; }
const EvaluationPart& Dataset::validation() const { return impl_->validation; }
const EvaluationPart& Dataset::test() const { return impl_->test; }
const IdDictionary& Dataset::users() const { return *impl_->users; }
const IdDictionary& Dataset::items() const { return *impl_->items; }
const std::string& Dataset::fingerprint() const { return impl_->manifest.fingerprint; }
const std::string& Dataset::statistics_json() const { return impl_->statistics_json; }
const fs::path& Dataset::folder() const { return impl_->folder; }

}  // namespace kindred
