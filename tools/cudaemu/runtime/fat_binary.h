// SPDX-License-Identifier: Apache-2.0
// The container in which nvcc embeds device code: a header, then one entry for each image (machine code or PTX).
#pragma once

#include <string>
#include <string_view>

namespace cudaemu {

struct PtxImage {
  std::string_view text;  // empty: none that sm_90 can run
  std::string problem;    // why it is empty, with what to do
};

// The PTX for the highest architecture up to sm_90 in what __cudaRegisterFatBinary got.
PtxImage find_ptx(const void* wrapper);

// Its machine code for sm_90; empty when it has none, or a compressed one.
std::string_view find_machine_code(const void* wrapper);

}  // namespace cudaemu
