// SPDX-License-Identifier: Apache-2.0
// Memory as the CUDA program sees it: device, pinned and registered host memory, with bounds, life time and, for device
// memory, which bytes were ever written.
//
// A device address is never readable by host code: its pages are reserved without access (a touch ends in a report that
// names the address). The bytes lie elsewhere; the emulator reaches them by host_view(). Device addresses are not used
// twice, so that use after free is always seen. All functions may be called by any host thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cudaemu {

enum class MemoryKind { device, module_variable, pinned, registered, managed };
const char* name_of(MemoryKind kind);

struct Allocation {
  std::uint64_t number = 0;  // the n-th of the process
  MemoryKind kind = MemoryKind::device;
  std::uintptr_t address = 0;
  std::size_t bytes = 0;
  int device = 0;
  bool alive = true;
  std::string origin;  // the call that made it, and from where: "cudaMalloc at 0x5581 (trainer+0x1581)"
};

// Device memory, 256-byte aligned, unwritten; null when the device's total_device_bytes() would be exceeded.
void* allocate_device(std::size_t bytes, int device, std::string_view origin);
// Host memory that both host and device may touch (pinned, managed): plain pages, zero-filled.
void* allocate_host(std::size_t bytes, MemoryKind kind, std::string_view origin);
bool register_host(void* address, std::size_t bytes, std::string_view origin);
bool unregister_host(void* address);

enum class FreeResult { freed, unknown_address, inside_allocation, freed_before, wrong_kind };
FreeResult free_device(void* address);
FreeResult free_host(void* address);

std::size_t total_device_bytes();
std::size_t used_device_bytes(int device);

// The allocation, alive or freed, that holds the address or lies nearest before it within its red zone.
std::optional<Allocation> find_allocation(const void* address);
// "32 bytes past the end of the 4000-byte device allocation #3 (cudaMalloc at ...)", for messages.
std::string describe_address(const void* address);
bool is_device_address(const void* address);  // lies in the reserved range, allocated or not

// Where the emulator itself reads and writes the memory at `address`: the backing bytes of device memory, the address
// itself for host memory. Valid for bytes of one allocation.
std::byte* host_view(const void* address);
template <class T>
T* host_view_as(const void* address) {
  return reinterpret_cast<T*>(host_view(address));
}

// True when [address, address + bytes) lies in one live allocation (or in memory that is not the device's); else
// reports, with `call` ("cudaMemcpyAsync, destination") in front.
bool check_range(const void* address, std::size_t bytes, std::string_view call);

// Large allocations are made "unwritten" piece by piece, when they are first touched. True when that was done here, so
// that the state bytes are worth another look.
bool prepare_state(const void* address);

// Bytes of device memory that were written; ranges of host memory are ignored / count as written.
void mark_written(const void* address, std::size_t bytes);
// First unwritten byte of the range, or nullopt.
std::optional<std::size_t> first_unwritten(const void* address, std::size_t bytes);
// memmove between any two memories; written-ness goes along.
void copy_bytes(void* destination, const void* source, std::size_t bytes);
void fill_bytes(void* destination, int value, std::size_t bytes);

std::vector<Allocation> live_allocations(MemoryKind kind);

}  // namespace cudaemu
