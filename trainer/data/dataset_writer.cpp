// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/dataset_writer.h"

#include "kernels/core/check.h"
#include "trainer/data/dataset_manifest.h"
#include "trainer/data/durable_folder.h"

#include <xxhash.h>

#include <bit>
#include <string>
#include <string_view>

namespace kindred {

namespace {

static_assert(std::endian::native == std::endian::little, "prepared datasets are little-endian and mapped as they are");

template <typename T>
constexpr const char* dtype_name() {
  if constexpr (std::is_same_v<T, std::int64_t>) return "int64";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
  if constexpr (std::is_same_v<T, float>) return "float32";
  return "bytes";
}

class ArrayWriter {
 public:
  ArrayWriter(const DurableFolder& folder, DatasetManifest& manifest) : folder_(folder), manifest_(manifest) {}

  template <typename T>
  void write(const std::string& name, const T* data, std::int64_t count) {
    const auto bytes = bytes_of(data, count);
    ManifestFile file;
    file.name = name;
    file.dtype = dtype_name<T>();
    file.count = count;
    file.bytes = static_cast<std::int64_t>(bytes.size());
    file.xxh3 = XXH3_64bits(bytes.data(), bytes.size());
    folder_.write(name, {bytes});
    manifest_.files.push_back(std::move(file));
  }
  template <typename T>
  void write(const std::string& name, const HostArray<T>& array) {
    if (array.allocated()) write(name, array.data(), array.size());
  }
  void write(const std::string& name, const CsrArrays& csr) {
    write(name + ".offsets", csr.offsets);
    write(name + ".ids", csr.ids);
    write(name + ".values", csr.values);
  }
  void write(const std::string& name, const EvaluationArrays& part) {
    if (!part.present) return;
    write(name + ".users", part.users);
    write(name + ".history", part.history);
    write(name + ".targets", part.targets);
  }
  void write(const std::string& name, const DictionaryArrays& dictionary) {
    if (dictionary.integers) {
      write(name + ".numbers", dictionary.numbers);
    } else {
      write(name + ".offsets", dictionary.offsets);
      write(name + ".text", dictionary.text);
    }
  }

 private:
  const DurableFolder& folder_;
  DatasetManifest& manifest_;
};

}  // namespace

bool write_dataset(const std::filesystem::path& folder, const DatasetArrays& arrays) {
  DurableFolder target(folder);
  DatasetManifest manifest;
  manifest.num_users = arrays.train.rows;
  manifest.num_items = arrays.train.columns;
  manifest.integer_users = arrays.users.integers;
  manifest.integer_items = arrays.items.integers;
  manifest.validation = {arrays.validation.present, arrays.validation.fold_in};
  manifest.test = {arrays.test.present, arrays.test.fold_in};
  manifest.config_json = arrays.config_json;
  manifest.source_json = arrays.source_json;

  ArrayWriter writer(target, manifest);
  writer.write("train", arrays.train);
  writer.write("train_transposed", arrays.train_transposed);
  writer.write("train.timestamps", arrays.timestamps);
  writer.write("item_popularity", arrays.item_popularity);
  writer.write("validation", arrays.validation);
  writer.write("test", arrays.test);
  writer.write("users", arrays.users);
  writer.write("items", arrays.items);
  writer.write("statistics.json", arrays.statistics_json.data(),
               static_cast<std::int64_t>(arrays.statistics_json.size()));

  manifest.fingerprint = arrays.fingerprint;
  if (manifest.fingerprint.empty()) {
    std::string sums;
    for (const ManifestFile& file : manifest.files) sums += fmt::format("{} {:016x}\n", file.name, file.xxh3);
    manifest.fingerprint = fmt::format("{:016x}", XXH3_64bits(sums.data(), sums.size()));
  }
  const std::string text = manifest.to_json();
  target.write(kManifestName, {bytes_of(std::string_view(text))});
  return target.commit();
}

}  // namespace kindred
