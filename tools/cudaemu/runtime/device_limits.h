// SPDX-License-Identifier: Apache-2.0
// The emulated device: limits of compute capability 9.0, with few multiprocessors so that kernels which size their
// grid by the device stay small. One place: queries, launches and occupancy all read these.
#pragma once

#include <cstddef>

namespace cudaemu {

inline constexpr char kDeviceName[] = "cudaemu (emulated sm_90)";
inline constexpr int kComputeMajor = 9;
inline constexpr int kComputeMinor = 0;
inline constexpr int kCudaVersion = 13000;

inline constexpr int kMultiprocessors = 4;
inline constexpr int kWarpSize = 32;
inline constexpr int kMaxThreadsPerBlock = 1024;
inline constexpr int kMaxBlockX = 1024;
inline constexpr int kMaxBlockY = 1024;
inline constexpr int kMaxBlockZ = 64;
inline constexpr int kMaxGridX = 2147483647;
inline constexpr int kMaxGridY = 65535;
inline constexpr int kMaxGridZ = 65535;
inline constexpr int kMaxClusterBlocks = 8;

inline constexpr int kMaxThreadsPerMultiprocessor = 2048;
inline constexpr int kMaxBlocksPerMultiprocessor = 32;
inline constexpr int kRegistersPerMultiprocessor = 65536;
inline constexpr int kRegistersPerBlock = 65536;
// Registers are handed out to warps in units of 256, shared memory to blocks in units of 128 bytes.
inline constexpr int kRegisterUnit = 256;
inline constexpr int kSharedUnit = 128;

inline constexpr std::size_t kSharedPerBlock = 48 << 10;
inline constexpr std::size_t kSharedPerBlockOptin = 227 << 10;
inline constexpr std::size_t kSharedPerMultiprocessor = 228 << 10;
inline constexpr std::size_t kSharedReservedPerBlock = 1 << 10;
inline constexpr std::size_t kConstantMemory = 64 << 10;

inline constexpr int kLeastPriority = 0;
inline constexpr int kGreatestPriority = -5;

}  // namespace cudaemu
