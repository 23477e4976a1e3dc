// SPDX-License-Identifier: Apache-2.0
// What the machine code of a fat binary tells, which PTX cannot: registers of each kernel, as ptxas gave them out.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cudaemu {

// Registers of a thread by mangled kernel name, from an ELF image for sm_90; empty for what is no such image.
std::map<std::string, int> registers_by_kernel(std::string_view image);

}  // namespace cudaemu
