// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/memory.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "tools/cudaemu/engine/arena.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race_cell.h"
#include "tools/cudaemu/engine/report.h"

namespace cudaemu {

constinit Arena arena;

namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kRedZone = 256;
constexpr std::size_t kPiece = std::size_t{64} << 10;  // see prepare_state

struct Registry {
  std::shared_mutex mutex;
  std::map<std::uintptr_t, Allocation> device;  // alive and freed
  std::map<std::uintptr_t, Allocation> host;
  std::size_t top = std::size_t{1} << 20;  // of the arena; addresses a little before the first are out of bounds, too
  std::map<int, std::size_t> used;
  std::uint64_t count = 0;
};

Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

struct sigaction previous_handler;

void on_fault(int signal, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (in_arena(address)) {
    report(ReportKind::host_touches_device, "host code touches " + describe_address(info->si_addr),
           {"use cudaMemcpy, or a debugger for the line: the signal comes from the access itself"});
    ::_exit(kReportExitCode);
  }
  sigaction(signal, &previous_handler, nullptr);
  if (previous_handler.sa_flags & SA_SIGINFO && previous_handler.sa_sigaction)
    previous_handler.sa_sigaction(signal, info, context);
}

void* reserve(std::size_t bytes, int protection) {
  void* p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("cudaemu: cannot reserve address space (is it limited, ulimit -v?)");
    std::_Exit(2);
  }
  return p;
}

// Gives whole pages back to the system and clears the rest.
void clear(void* memory, std::size_t bytes) {
  constexpr std::uintptr_t kPage = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory), end = begin + bytes;
  const std::uintptr_t first = (begin + kPage - 1) & ~(kPage - 1), last = end & ~(kPage - 1);
  if (first < last && last - first >= 16 * kPage) {
    std::memset(memory, 0, first - begin);
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
    std::memset(reinterpret_cast<void*>(last), 0, end - last);
  } else {
    std::memset(memory, 0, bytes);
  }
}

// Unwritten memory is not zero on a device either: a wrong use shows in the result even without the check. The state
// changes last: others may run.
void make_unwritten(std::size_t offset, std::size_t bytes) {
  const std::uint8_t state = options().checks.unwritten ? kUnwritten : kWritten;
  for (std::size_t i = offset, end = offset + bytes; i < end;) {
    std::size_t stop = i;
    while (stop < end && arena.state[stop] == 0) ++stop;
    std::memset(arena.bytes + i, 0xff, stop - i);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::memset(arena.state + i, state, stop - i);
    while (stop < end && arena.state[stop] != 0) ++stop;
    i = stop;
  }
}

const Allocation* find_in(const std::map<std::uintptr_t, Allocation>& map, std::uintptr_t address, std::size_t slack) {
  auto next = map.upper_bound(address);
  if (next == map.begin()) return nullptr;
  const Allocation& a = std::prev(next)->second;
  return address < a.address + a.bytes + slack ? &a : nullptr;
}

const Allocation* find_locked(const Registry& r, std::uintptr_t address) {
  if (in_arena(address)) return find_in(r.device, address, kRedZone + kAlignment);
  return find_in(r.host, address, 0);
}

}  // namespace

void open_arena() {
  static std::once_flag once;
  std::call_once(once, [] {
    arena.bytes = static_cast<std::byte*>(reserve(kArenaBytes, PROT_READ | PROT_WRITE));
    arena.state = static_cast<std::uint8_t*>(reserve(kArenaBytes, PROT_READ | PROT_WRITE));
    arena.cells = static_cast<RaceCell*>(reserve(kArenaBytes / 4 * sizeof(RaceCell), PROT_READ | PROT_WRITE));
    arena.base = reinterpret_cast<std::uintptr_t>(reserve(kArenaBytes, PROT_NONE));
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &previous_handler);
  });
}

const char* name_of(MemoryKind kind) {
  constexpr const char* kNames[] = {"device", "module variable", "pinned host", "registered host", "managed"};
  return kNames[static_cast<int>(kind)];
}

void* allocate_device(std::size_t bytes, int device, std::string_view origin) {
  open_arena();
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const std::size_t step = (bytes + kAlignment - 1) / kAlignment * kAlignment + kRedZone;
  if (r.used[device] + bytes > total_device_bytes() || r.top + step > kArenaBytes) return nullptr;
  Allocation a{.number = ++r.count,
               .kind = MemoryKind::device,
               .address = arena.base + r.top,
               .bytes = bytes,
               .device = device,
               .alive = true,
               .origin = std::string(origin)};
  if (origin.starts_with("variable ")) a.kind = MemoryKind::module_variable;
  if (bytes <= kPiece) make_unwritten(r.top, bytes);
  r.top += step;
  r.used[device] += bytes;
  const std::uintptr_t address = a.address;
  r.device.emplace(address, std::move(a));
  return reinterpret_cast<void*>(address);
}

void* allocate_host(std::size_t bytes, MemoryKind kind, std::string_view origin) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 4096, std::max<std::size_t>(bytes, 1)) != 0) return nullptr;
  std::memset(memory, 0, bytes);
  open_arena();
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  r.host[address] = {.number = ++r.count,
                     .kind = kind,
                     .address = address,
                     .bytes = bytes,
                     .device = 0,
                     .alive = true,
                     .origin = std::string(origin)};
  return memory;
}

bool register_host(void* memory, std::size_t bytes, std::string_view origin) {
  open_arena();
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  if (find_in(r.host, address, 0) || find_in(r.host, address + bytes - 1, 0)) return false;
  r.host[address] = {.number = ++r.count,
                     .kind = MemoryKind::registered,
                     .address = address,
                     .bytes = bytes,
                     .device = 0,
                     .alive = true,
                     .origin = std::string(origin)};
  return true;
}

bool unregister_host(void* memory) {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto found = r.host.find(reinterpret_cast<std::uintptr_t>(memory));
  if (found == r.host.end() || found->second.kind != MemoryKind::registered) return false;
  r.host.erase(found);
  return true;
}

FreeResult free_device(void* memory) {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const auto found = r.device.find(address);
  if (found == r.device.end()) {
    if (find_in(r.host, address, 0)) return FreeResult::wrong_kind;
    return find_in(r.device, address, 0) ? FreeResult::inside_allocation : FreeResult::unknown_address;
  }
  Allocation& a = found->second;
  if (!a.alive) return FreeResult::freed_before;
  a.alive = false;
  r.used[a.device] -= a.bytes;
  const std::size_t offset = address - arena.base;
  clear(arena.bytes + offset, a.bytes);
  clear(arena.state + offset, a.bytes);
  clear(arena.cells + offset / 4, (a.bytes + 3) / 4 * sizeof(RaceCell));
  return FreeResult::freed;
}

FreeResult free_host(void* memory) {
  Registry& r = registry();
  {
    const std::lock_guard lock(r.mutex);
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const auto found = r.host.find(address);
    if (found == r.host.end())
      return in_arena(address)             ? FreeResult::wrong_kind
             : find_in(r.host, address, 0) ? FreeResult::inside_allocation
                                           : FreeResult::unknown_address;
    if (found->second.kind == MemoryKind::registered) return FreeResult::wrong_kind;
    r.host.erase(found);
  }
  std::free(memory);
  return FreeResult::freed;
}

std::size_t total_device_bytes() { return options().device_bytes; }

std::size_t used_device_bytes(int device) {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  return r.used[device];
}

std::optional<Allocation> find_allocation(const void* address) {
  Registry& r = registry();
  const std::shared_lock lock(r.mutex);
  const Allocation* a = find_locked(r, reinterpret_cast<std::uintptr_t>(address));
  return a ? std::optional(*a) : std::nullopt;
}

std::string describe_address(const void* address) {
  char where[32];
  std::snprintf(where, sizeof where, "%p", address);
  const auto found = find_allocation(address);
  if (!found)
    return std::string(where) + (is_device_address(address) ? ", never allocated device memory"
                                                            : ", host memory that is neither pinned nor registered");
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(address) - found->address;
  std::string text = std::string(where) + ", ";
  text += offset < found->bytes ? "byte " + std::to_string(offset) + " of "
                                : std::to_string(offset - found->bytes) + " bytes past the end of ";
  text += "the " + std::to_string(found->bytes) + "-byte " + (found->alive ? "" : "freed ") + name_of(found->kind) +
          " allocation #" + std::to_string(found->number);
  if (!found->origin.empty()) text += " (" + found->origin + ")";
  return text;
}

bool is_device_address(const void* address) {
  return arena.bytes && in_arena(reinterpret_cast<std::uintptr_t>(address));
}

bool prepare_state(const void* address) {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const Allocation* a = in_arena(at) ? find_in(r.device, at, 0) : nullptr;
  if (!a || !a->alive || a->bytes <= kPiece) return false;
  const std::size_t piece = (at - a->address) / kPiece * kPiece;
  // An access may reach into the next piece.
  const std::size_t bytes = std::min(2 * kPiece, a->bytes - piece);
  const std::size_t offset = a->address - arena.base + piece;
  if (arena.state[at - arena.base] != 0 && arena.state[offset + bytes - 1] != 0) return false;
  make_unwritten(offset, bytes);
  return true;
}

std::byte* host_view(const void* address) {
  if (is_device_address(address)) return arena.bytes + (reinterpret_cast<std::uintptr_t>(address) - arena.base);
  return static_cast<std::byte*>(const_cast<void*>(address));
}

bool check_range(const void* address, std::size_t bytes, std::string_view call) {
  if (bytes == 0 || (!is_device_address(address) && !find_allocation(address))) return true;
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  const auto found = find_allocation(address);
  if (found && found->alive && begin + bytes <= found->address + found->bytes) return true;
  const bool freed = found && !found->alive && begin < found->address + found->bytes;
  report(freed ? ReportKind::use_after_free : ReportKind::out_of_bounds,
         std::string(call) + ": " + std::to_string(bytes) + " bytes at " + describe_address(address));
  return false;
}

void mark_written(const void* address, std::size_t bytes) {
  if (!is_device_address(address)) return;
  std::uint8_t* state = arena.state + (reinterpret_cast<std::uintptr_t>(address) - arena.base);
  std::memset(state, kWritten, bytes);
}

std::optional<std::size_t> first_unwritten(const void* address, std::size_t bytes) {
  if (!is_device_address(address) || !options().checks.unwritten) return std::nullopt;
  const std::uint8_t* state = arena.state + (reinterpret_cast<std::uintptr_t>(address) - arena.base);
  const std::uint8_t* found = std::find_if(state, state + bytes, [](std::uint8_t s) { return s != kWritten; });
  return found == state + bytes ? std::nullopt : std::optional<std::size_t>(found - state);
}

void copy_bytes(void* destination, const void* source, std::size_t bytes) {
  std::memmove(host_view(destination), host_view(source), bytes);
  if (is_device_address(destination) && is_device_address(source))
    std::memmove(arena.state + (reinterpret_cast<std::uintptr_t>(destination) - arena.base),
                 arena.state + (reinterpret_cast<std::uintptr_t>(source) - arena.base), bytes);
  else
    mark_written(destination, bytes);
}

void fill_bytes(void* destination, int value, std::size_t bytes) {
  std::memset(host_view(destination), value, bytes);
  mark_written(destination, bytes);
}

std::vector<Allocation> live_allocations(MemoryKind kind) {
  Registry& r = registry();
  const std::shared_lock lock(r.mutex);
  std::vector<Allocation> live;
  for (const auto* map : {&r.device, &r.host})
    for (const auto& [address, a] : *map)
      if (a.alive && a.kind == kind) live.push_back(a);
  return live;
}

}  // namespace cudaemu
