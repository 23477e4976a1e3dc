// SPDX-License-Identifier: Apache-2.0
// "did you mean": the known word nearest to a misspelt one by edit distance (insert, delete, replace, swap of
// neighbours each cost 1). Nothing is suggested where more than a third of the letters would change.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kindred {

// Nearest of `known`, the first of equals; empty: none is near.
std::string nearest_word(std::string_view word, std::span<const std::string> known);

// "; did you mean 'x'?" or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

std::string join(std::span<const std::string> words, std::string_view separator);

}  // namespace kindred
