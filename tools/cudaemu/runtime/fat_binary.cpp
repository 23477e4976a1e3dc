// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/fat_binary.h"

#include <cstdint>
#include <cstring>

#include "tools/cudaemu/runtime/device_limits.h"

namespace cudaemu {

namespace {

constexpr std::uint32_t kWrapperMagic = 0x466243b1;
constexpr std::uint32_t kFatBinaryMagic = 0xba55ed50;
constexpr std::uint16_t kPtxKind = 1;

struct Wrapper {
  std::uint32_t magic, version;
  const char* data;
};

struct FatBinaryHeader {
  std::uint32_t magic;
  std::uint16_t version, header_bytes;
  std::uint64_t payload_bytes;
};

struct EntryHeader {
  std::uint16_t kind, version;
  std::uint32_t header_bytes;
  std::uint64_t payload_bytes;
  std::uint32_t compressed_bytes, options_offset;
  std::uint16_t minor, major;
  std::uint32_t architecture;  // 90 for sm_90
};

template <class T>
T read(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

PtxImage find_ptx(const void* wrapper_address) {
  const auto wrapper = read<Wrapper>(static_cast<const char*>(wrapper_address));
  if (wrapper.magic != kWrapperMagic || wrapper.data == nullptr) return {{}, "not a fat binary that is known here"};
  const auto header = read<FatBinaryHeader>(wrapper.data);
  if (header.magic != kFatBinaryMagic) return {{}, "not a fat binary that is known here"};

  PtxImage best{{}, "the binary holds no PTX (build with -gencode arch=compute_90,code=[sm_90,compute_90])"};
  std::uint32_t best_architecture = 0;
  const char* entry = wrapper.data + header.header_bytes;
  const char* end = entry + header.payload_bytes;
  while (entry + sizeof(EntryHeader) <= end) {
    const auto image = read<EntryHeader>(entry);
    if (image.kind == kPtxKind && image.architecture <= 10 * kComputeMajor + kComputeMinor &&
        image.architecture > best_architecture) {
      const char* payload = entry + image.header_bytes;
      const std::string_view text(payload, strnlen(payload, image.payload_bytes));
      if (text.find(".version") == std::string_view::npos) {
        if (best.text.empty()) best.problem = "its PTX is compressed (build with --compress-mode=none)";
      } else {
        best = {text, {}};
        best_architecture = image.architecture;
      }
    }
    entry += image.header_bytes + image.payload_bytes;
  }
  return best;
}

}  // namespace cudaemu
