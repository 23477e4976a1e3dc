// SPDX-License-Identifier: Apache-2.0
// Text of PTX -> Module. Bodies of functions are parsed when first needed: most kernels of a large program are not run.
#pragma once

#include <memory>
#include <string_view>

#include "tools/cudaemu/ptx/module.h"
#include "tools/cudaemu/ptx/scanner.h"

namespace cudaemu::ptx {

// Throws ParseError naming line and text.
std::unique_ptr<Module> parse_module(std::string_view text, std::string_view origin);

// Fills the body fields of module.functions[index]. An instruction that is not understood stays in place with its
// `problem` set; malformed structure throws ParseError.
void parse_body(Module& module, std::size_t index);

// ".align 4 .b8 name[16] = {...}" after the state space word, up to ';' or ',' or ')'. For module.h's Variable.
Variable parse_variable(Scanner& scanner, Space space);

}  // namespace cudaemu::ptx
