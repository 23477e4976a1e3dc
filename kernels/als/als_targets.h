// SPDX-License-Identifier: Apache-2.0
// The instruction sets for which the row solvers are compiled; stands before every include of Highway. On x86-64:
// 128-bit code for every machine, AVX2 and AVX-512; on arm64: NEON.
#pragma once

// Plain x86-64 lacks SSSE3: Highway's 128-bit emulation there, which its default leaves out for this compiler.
#define HWY_BROKEN_EMU128 0
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
