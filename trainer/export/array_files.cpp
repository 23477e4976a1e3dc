// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/array_files.h"

#include "kernels/core/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace kindred {

namespace {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

struct Dtype {
  std::string_view name;
  std::string_view npy;
  std::string_view safetensors;
  std::int64_t bytes;
};
constexpr std::array<Dtype, 4> kDtypes{{{"float32", "<f4", "F32", 4},
                                        {"float16", "<f2", "F16", 2},
                                        {"int64", "<i8", "I64", 8},
                                        {"int32", "<i4", "I32", 4}}};

const Dtype& find_dtype(std::string_view name) {
  const auto found = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return d.name == name; });
  KINDRED_CHECK(found != kDtypes.end(), "[array_files] dtype {}", name);
  return *found;
}

template <typename T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

void write_float16(View<const float, 2> vectors, std::string_view name, const WriteBytes& put) {
  constexpr std::int64_t kBlockRows = 8192;
  std::vector<std::uint16_t> halves;
  for (std::int64_t begin = 0; begin < vectors.size(0); begin += kBlockRows) {
    const auto block = vectors.slice(begin, std::min(vectors.size(0), begin + kBlockRows));
    halves.resize(static_cast<std::size_t>(block.count()));
    for (std::int64_t i = 0; i < block.count(); ++i) {
      const std::uint16_t half = to_float16(block.data()[i]);
      if (!std::isfinite(from_float16(half))) {
        fail(ErrorKind::divergence, "{}: row {} has {}, which float16 cannot hold; expected export.dtype: float32",
             name, begin + i / block.size(1), block.data()[i]);
      }
      halves[static_cast<std::size_t>(i)] = half;
    }
    put(bytes_of(halves.data(), block.count()));
  }
}

template <typename T>
void write_integers(ExportFolder& folder, std::string_view name, View<const T, 1> values) {
  const std::string dtype = sizeof(T) == 8 ? "int64" : "int32";
  const ExportedFile about{
      .name = std::string(name), .bytes = 0, .sha256 = {}, .dtype = dtype, .shape = {values.size(0)}};
  folder.write(about, [&](const WriteBytes& put) {
    put(bytes_of(npy_header(dtype, about.shape)));
    put(bytes_of(values.data(), values.size(0)));
  });
}

}  // namespace

std::int64_t dtype_bytes(std::string_view dtype) { return find_dtype(dtype).bytes; }

std::string npy_header(std::string_view dtype, const std::vector<std::int64_t>& shape) {
  constexpr std::size_t kAlign = 64;
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                       find_dtype(dtype).npy, fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const std::size_t before = 10 + dictionary.size() + 1;
  dictionary.append((kAlign - before % kAlign) % kAlign, ' ');
  dictionary += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian(static_cast<std::uint16_t>(dictionary.size())) +
         dictionary;
}

std::string safetensors_header(std::string_view dtype, const std::vector<std::int64_t>& shape) {
  std::int64_t bytes = dtype_bytes(dtype);
  for (const std::int64_t size : shape) bytes *= size;
  std::string json = fmt::format(R"({{"vectors":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})",
                                 find_dtype(dtype).safetensors, fmt::join(shape, ","), bytes);
  json.append((8 - json.size() % 8) % 8, ' ');
  return little_endian(static_cast<std::uint64_t>(json.size())) + json;
}

std::uint16_t to_float16(float value) { return std::bit_cast<std::uint16_t>(static_cast<_Float16>(value)); }

float from_float16(std::uint16_t bits) { return static_cast<float>(std::bit_cast<_Float16>(bits)); }

void write_vectors(ExportFolder& folder, std::string_view name, View<const float, 2> vectors, ExportDtype dtype) {
  const auto type = std::string(kChoices<ExportDtype>[static_cast<std::size_t>(dtype)]);
  const ExportedFile about{
      .name = std::string(name), .bytes = 0, .sha256 = {}, .dtype = type, .shape = {vectors.size(0), vectors.size(1)}};
  folder.write(about, [&](const WriteBytes& put) {
    put(bytes_of(name.ends_with(".npy") ? npy_header(type, about.shape) : safetensors_header(type, about.shape)));
    if (dtype == ExportDtype::float16) {
      write_float16(vectors, name, put);
    } else {
      put(bytes_of(vectors.data(), vectors.count()));
    }
  });
}

void write_npy(ExportFolder& folder, std::string_view name, View<const std::int64_t, 1> values) {
  write_integers(folder, name, values);
}
void write_npy(ExportFolder& folder, std::string_view name, View<const std::int32_t, 1> values) {
  write_integers(folder, name, values);
}

}  // namespace kindred
