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
constexpr std::uint16_t kMachineCodeKind = 2;
constexpr std::uint32_t kArchitecture = 10 * kComputeMajor + kComputeMinor;

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

// Calls visit(kind, architecture, bytes) for each image; false when this is no fat binary that is known here.
template <class Visit>
bool visit_images(const void* wrapper_address, Visit visit) {
  const auto wrapper = read<Wrapper>(static_cast<const char*>(wrapper_address));
  if (wrapper.magic != kWrapperMagic || wrapper.data == nullptr) return false;
  const auto header = read<FatBinaryHeader>(wrapper.data);
  if (header.magic != kFatBinaryMagic) return false;
  const char* at = wrapper.data + header.header_bytes;
  const char* end = at + header.payload_bytes;
  while (at + sizeof(EntryHeader) <= end) {
    const auto image = read<EntryHeader>(at);
    visit(image.kind, image.architecture, std::string_view(at + image.header_bytes, image.payload_bytes));
    at += image.header_bytes + image.payload_bytes;
  }
  return true;
}

}  // namespace

PtxImage find_ptx(const void* wrapper) {
  PtxImage best{{}, "the binary holds no PTX (build with -gencode arch=compute_90,code=[sm_90,compute_90])"};
  std::uint32_t best_architecture = 0;
  const bool known = visit_images(wrapper, [&](std::uint16_t kind, std::uint32_t architecture, std::string_view bytes) {
    if (kind != kPtxKind || architecture > kArchitecture || architecture <= best_architecture) return;
    const std::string_view text = bytes.substr(0, bytes.find('\0'));
    if (text.find(".version") == std::string_view::npos) {
      if (best.text.empty()) best.problem = "its PTX is compressed (build with --compress-mode=none)";
      return;
    }
    best = {text, {}};
    best_architecture = architecture;
  });
  return known ? best : PtxImage{{}, "not a fat binary that is known here"};
}

std::string_view find_machine_code(const void* wrapper) {
  std::string_view result;
  visit_images(wrapper, [&](std::uint16_t kind, std::uint32_t architecture, std::string_view bytes) {
    if (kind == kMachineCodeKind && architecture == kArchitecture) result = bytes;
  });
  return result;
}

}  // namespace cudaemu
