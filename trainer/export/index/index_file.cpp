// SPDX-License-Identifier: Apache-2.0
// The layout is that of faiss/impl/index_write.cpp, 1.7.3. No part of faiss is used here.
#include "trainer/export/index/index_file.h"

#include "kernels/core/check.h"
#include "trainer/export/file_view.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

namespace {

constexpr std::int64_t kMostWidth = 16384;
constexpr int kInnerProduct = 0;

class IndexWalk {
 public:
  IndexWalk(std::string name, std::span<const std::byte> bytes) : name_(std::move(name)), rest_(bytes) {}

  void whole() {
    index(false);
    require(rest_.empty(), "bytes after the index");
  }

 private:
  struct Header {
    std::int64_t dim = 0;
    std::int64_t items = 0;
  };

  void require(bool good, std::string_view what) const {
    if (!good) fail(ErrorKind::data, "{}: is no index that can be used: {}", name_, what);
  }

  template <typename T>
  T read() {
    require(rest_.size() >= sizeof(T), "it ends too early");
    T value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return value;
  }
  std::span<const std::byte> take(std::uint64_t count, std::uint64_t bytes_each) {
    require(count <= rest_.size() / bytes_each, "it claims more than it holds");
    const auto taken = rest_.subspan(0, count * bytes_each);
    rest_ = rest_.subspan(count * bytes_each);
    return taken;
  }
  template <typename T>
  std::vector<T> read_array() {
    const auto count = read<std::uint64_t>();
    const auto bytes = take(count, sizeof(T));
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  std::string code() {
    const auto bytes = take(4, 1);
    return {reinterpret_cast<const char*>(bytes.data()), 4};
  }
  bool flag() {
    const auto value = read<std::uint8_t>();
    require(value <= 1, "a flag is neither 0 nor 1");
    return value == 1;
  }

  Header header() {
    Header header;
    header.dim = read<std::int32_t>();
    header.items = read<std::int64_t>();
    read<std::int64_t>();
    read<std::int64_t>();
    require(flag(), "it was not trained");
    require(read<std::int32_t>() == kInnerProduct, "its metric is not the inner product");
    require(header.dim >= 1 && header.dim <= kMostWidth, "the vectors' length is out of range");
    require(header.items >= 0 && header.items <= INT32_MAX, "the number of items is out of range");
    return header;
  }

  // `only_flat`: within another index.
  Header index(bool only_flat) {
    const std::string kind = code();
    if (kind == "IxFI") return flat();
    require(!only_flat, "it holds an index that is not flat");
    if (kind == "IwFl" || kind == "IwPQ") return inverted(kind == "IwPQ");
    if (kind == "IxSQ") return scalar();
    if (kind == "IHNf") return graph();
    fail(ErrorKind::data, "{}: is no index that can be used: it begins with none of the known codes", name_);
  }

  Header flat() {
    const Header header = this->header();
    require(read<std::uint64_t>() == static_cast<std::uint64_t>(header.items * header.dim), "the vectors' number");
    take(static_cast<std::uint64_t>(header.items * header.dim), 4);
    return header;
  }

  Header inverted(bool coded) {
    const Header header = this->header();
    const auto lists = read<std::uint64_t>();
    const auto probes = read<std::uint64_t>();
    require(probes >= 1 && probes <= lists, "it looks into more lists than there are");
    const Header centroids = index(true);
    require(static_cast<std::uint64_t>(centroids.items) == lists && centroids.dim == header.dim,
            "the centroids' shape");
    require(read<std::uint8_t>() == 0 && read_array<std::int64_t>().empty(), "it has a direct map");
    std::uint64_t code_bytes = static_cast<std::uint64_t>(header.dim) * 4;
    if (coded) {
      flag();
      code_bytes = read<std::uint64_t>();
      product_codes(header.dim, code_bytes);
    }
    list_contents(header, lists, code_bytes);
    return header;
  }

  void product_codes(std::int64_t dim, std::uint64_t code_bytes) {
    const auto width = read<std::uint64_t>();
    const auto segments = read<std::uint64_t>();
    const auto bits = read<std::uint64_t>();
    require(width == static_cast<std::uint64_t>(dim) && bits == 8 && segments >= 1 && segments == code_bytes &&
                width % segments == 0,
            "the codes' shape");
    require(read_array<float>().size() == 256 * width, "the codebooks' size");
  }

  void list_contents(const Header& header, std::uint64_t lists, std::uint64_t code_bytes) {
    require(code() == "ilar" && read<std::uint64_t>() == lists && read<std::uint64_t>() == code_bytes,
            "the lists' shape");
    const std::string layout = code();
    const auto numbers = read_array<std::uint64_t>();
    std::vector<std::uint64_t> sizes;
    if (layout == "full") {
      require(numbers.size() == lists, "the number of lists");
      sizes = numbers;
    } else {
      require(layout == "sprs" && numbers.size() % 2 == 0, "the lists' layout");
      for (std::size_t i = 0; i < numbers.size(); i += 2) {
        require(numbers[i] < lists && (i == 0 || numbers[i] > numbers[i - 2]), "a list's number");
        sizes.push_back(numbers[i + 1]);
      }
    }
    std::uint64_t total = 0;
    for (const std::uint64_t size : sizes) {
      take(size, code_bytes);
      const auto ids = take(size, 8);
      for (std::uint64_t i = 0; i < size; ++i) {
        std::int64_t id = 0;
        std::memcpy(&id, ids.data() + i * 8, 8);
        require(id >= 0 && id < header.items, "an item's number is out of range");
      }
      total += size;
    }
    require(total == static_cast<std::uint64_t>(header.items), "the lists do not hold every item");
  }

  Header scalar() {
    constexpr int kBytes = 0;
    constexpr int kHalves = 4;  // QT_8bit and QT_fp16
    const Header header = this->header();
    const auto kind = read<std::int32_t>();
    read<std::int32_t>();
    read<float>();
    const auto width = read<std::uint64_t>();
    const auto code_bytes = read<std::uint64_t>();
    require(width == static_cast<std::uint64_t>(header.dim), "the codes' width");
    require((kind == kBytes && code_bytes == width) || (kind == kHalves && code_bytes == 2 * width), "the codes' kind");
    require(read_array<float>().size() == (kind == kBytes ? 2 * width : 0), "the codes' ranges");
    require(read<std::uint64_t>() == static_cast<std::uint64_t>(header.items) * code_bytes, "the codes' number");
    take(static_cast<std::uint64_t>(header.items), code_bytes);
    return header;
  }

  Header graph() {
    const Header header = this->header();
    const auto items = static_cast<std::size_t>(header.items);
    read_array<double>();
    const auto before_level = read_array<std::int32_t>();
    const auto levels = read_array<std::int32_t>();
    const auto offsets = read_array<std::uint64_t>();
    const auto neighbours = read_array<std::int32_t>();
    require(levels.size() == items && offsets.size() == items + 1 && offsets.front() == 0 &&
                offsets.back() == neighbours.size(),
            "the graph's shape");
    for (std::size_t level = 0; level < before_level.size(); ++level) {
      require(before_level[level] >= (level == 0 ? 0 : before_level[level - 1]), "the levels' widths");
    }
    for (std::size_t item = 0; item < items; ++item) {
      require(levels[item] >= 1 && static_cast<std::size_t>(levels[item]) < before_level.size() &&
                  offsets[item + 1] >= offsets[item] &&
                  offsets[item + 1] - offsets[item] ==
                      static_cast<std::uint64_t>(before_level[static_cast<std::size_t>(levels[item])]),
              "an item's level");
    }
    const auto entry = read<std::int32_t>();
    const auto top = read<std::int32_t>();
    read<std::int32_t>();
    require(read<std::int32_t>() >= 1, "ef_search is below 1");
    read<std::int32_t>();
    require(
        items == 0 || (entry >= 0 && entry < header.items && top >= 0 && top < levels[static_cast<std::size_t>(entry)]),
        "the entry point");
    check_links(header.items, before_level, levels, offsets, neighbours);
    const Header storage = index(true);
    require(storage.items == header.items && storage.dim == header.dim, "the vectors' shape");
    return header;
  }

  // A link on a level must lead to an item that reaches that level.
  void check_links(std::int64_t items, const std::vector<std::int32_t>& before_level,
                   const std::vector<std::int32_t>& levels, const std::vector<std::uint64_t>& offsets,
                   const std::vector<std::int32_t>& neighbours) const {
    for (std::size_t item = 0; item < levels.size(); ++item) {
      for (std::int32_t level = 0; level < levels[item]; ++level) {
        const auto at = static_cast<std::size_t>(level);
        for (std::int64_t i = before_level[at]; i < before_level[at + 1]; ++i) {
          const std::int32_t to = neighbours[offsets[item] + static_cast<std::uint64_t>(i)];
          require(to >= -1 && to < items && (to < 0 || levels[static_cast<std::size_t>(to)] > level), "a link");
        }
      }
    }
  }

  std::string name_;
  std::span<const std::byte> rest_;
};

}  // namespace

void check_index_file(const std::filesystem::path& file) {
  const FileView view(file);
  IndexWalk(file.string(), view.bytes()).whole();
}

}  // namespace kindred
