// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/address.h"

#include <algorithm>
#include <string_view>

#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

std::string sized(std::uint32_t bytes, std::uint32_t access, const char* space) {
  const bool both = (access & kAtomic) != 0;
  return std::to_string(bytes) + "-byte " +
         (both              ? "atomic operation"
          : access & kWrite ? "write"
                            : "read") +
         " of " + space + " memory";
}

void fail(Warp& w, const Instruction& in, int lane, ReportKind kind, const std::string& text) {
  w.block().report_at(w, in, lane, kind, text);
  w.block().fail(Outcome::trapped);
}

// CUB reads a little beyond what it has written to shared memory and does not use it (block_merge_sort.cuh).
bool in_library(const Warp& w, const Instruction& in) {
  const std::string file = w.block().grid().program().lines_of(in.number).front();
  return file.find("/cccl/") != std::string::npos || file.find("/cub/") != std::string::npos ||
         file.find("/thrust/") != std::string::npos;
}

// An access whose state bytes are not all as they should be. True: go on.
bool check_state(Warp& w, const Instruction& in, int lane, std::uint8_t* state, std::uint32_t bytes,
                 std::uint32_t access, const char* space, const std::string& place) {
  const Checks& checks = options().checks;
  const bool allocated = std::all_of(state, state + bytes, [](std::uint8_t s) { return s & 1; });
  if (!allocated && checks.bounds) {
    const bool freed = place.find(" freed ") != std::string::npos && place.find("past the end") == std::string::npos;
    fail(w, in, lane, freed ? ReportKind::use_after_free : ReportKind::out_of_bounds,
         sized(bytes, access, space) + (freed ? " after it was freed, at " : " out of bounds, at ") + place);
    return false;
  }
  if (access & kRead && allocated && checks.unwritten) {
    const std::uint64_t used = w.block().grid().program().source_of(in.number).used_bytes;
    std::uint32_t unwritten = bytes;
    for (std::uint32_t i = bytes; i-- > 0;)
      if (state[i] != kWritten && (i >= 64 || used >> i & 1)) unwritten = i;
    if (unwritten < bytes && !(space == std::string_view("shared") && in_library(w, in)))
      w.block().report_at(w, in, lane, ReportKind::unwritten_read,
                          sized(bytes, access, space) + " of which byte " + std::to_string(unwritten) +
                              " was never written, at " + place);
  }
  if (access & kWrite && allocated) std::fill_n(state, bytes, kWritten);
  return true;
}

std::byte* resolve_shared(Warp& w, const Instruction& in, int lane, std::uint64_t offset, std::uint32_t bytes,
                          std::uint32_t access) {
  Block& block = w.block();
  const auto name = [&] {
    const Program& program = block.grid().program();
    const Program::SharedVariable* nearest = nullptr;
    for (const Program::SharedVariable& v : program.shared_variables())
      if (v.offset <= offset && (!nearest || v.offset > nearest->offset)) nearest = &v;
    std::string text = "shared address " + hexadecimal(offset);
    if (block.grid().launch().dynamic_shared_bytes && offset >= program.dynamic_shared_offset())
      return text + ", byte " + std::to_string(offset - program.dynamic_shared_offset()) + " of the " +
             std::to_string(block.grid().launch().dynamic_shared_bytes) + " bytes of dynamic shared memory";
    if (nearest)
      text += ", byte " + std::to_string(offset - nearest->offset) + " of the " + std::to_string(nearest->bytes) +
              "-byte variable " + nearest->name;
    return text;
  };
  if (offset + bytes > block.shared_bytes()) {
    fail(w, in, lane, ReportKind::out_of_bounds, sized(bytes, access, "shared") + " out of bounds, at " + name());
    return nullptr;
  }
  if (!check_state(w, in, lane, block.shared_state() + offset, bytes, access, "shared", name())) return nullptr;
  return block.shared() + offset;
}

std::byte* resolve_local(Warp& w, const Instruction& in, int lane, std::uint64_t offset, std::uint32_t bytes,
                         std::uint32_t access) {
  if (offset + bytes > w.local_stride()) {
    fail(w, in, lane, ReportKind::out_of_bounds,
         sized(bytes, access, "local") + " out of bounds, at byte " + std::to_string(offset) + " of " +
             std::to_string(w.local_stride()));
    return nullptr;
  }
  return w.local(lane) + offset;
}

}  // namespace

std::byte* resolve_thoroughly(Warp& w, const Instruction& in, int lane, std::uint64_t address, std::uint32_t bytes,
                              std::uint32_t access, AddressSpace space) {
  const std::uint32_t alignment = bytes;
  if (address % alignment != 0) {
    fail(w, in, lane, ReportKind::misaligned,
         sized(bytes, access,
               space == AddressSpace::shared  ? "shared"
               : space == AddressSpace::local ? "local"
                                              : "global") +
             " at the address " + hexadecimal(address) + ", which is no multiple of " + std::to_string(alignment));
    return nullptr;
  }
  if (space == AddressSpace::shared) return resolve_shared(w, in, lane, address, bytes, access);
  if (space == AddressSpace::local) return resolve_local(w, in, lane, address, bytes, access);
  const void* pointer = reinterpret_cast<const void*>(address);
  if (in_arena(address)) {
    const std::uint64_t offset = address - arena.base;
    prepare_state(pointer);
    if (!check_state(w, in, lane, arena.state + offset, bytes, access, "global", describe_address(pointer)))
      return nullptr;
    return arena.bytes + offset;
  }
  if (in_window(address, kSharedWindow)) {
    const std::uint64_t offset = address - kSharedWindow;
    std::byte* found = resolve_shared(w, in, lane, offset, bytes, access);
    if (found && w.race)
      w.race->shared_access(in, LaneMask{1} << lane, bytes, access,
                            [&](int) { return static_cast<std::uint32_t>(offset); });
    return found;
  }
  if (in_window(address, kLocalWindow)) return resolve_local(w, in, lane, address - kLocalWindow, bytes, access);
  const Launch& launch = w.block().grid().launch();
  const auto parameters = reinterpret_cast<std::uint64_t>(launch.parameters.data());
  if (!(access & kWrite) && address >= parameters && address + bytes <= parameters + launch.parameters.size())
    return reinterpret_cast<std::byte*>(address);
  // Pinned, registered or managed host memory.
  if (const auto allocation = find_allocation(pointer)) {
    if (address + bytes <= allocation->address + allocation->bytes) return reinterpret_cast<std::byte*>(address);
    fail(w, in, lane, ReportKind::out_of_bounds,
         sized(bytes, access, "pinned host") + " out of bounds, at " + describe_address(pointer));
    return nullptr;
  }
  const bool null = address < 4096;
  fail(w, in, lane, null ? ReportKind::out_of_bounds : ReportKind::device_touches_host,
       sized(bytes, access, "global") + (null ? " through a null pointer, at " : " that is not the device's, at ") +
           hexadecimal(address));
  return nullptr;
}

}  // namespace cudaemu
