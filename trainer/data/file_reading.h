// SPDX-License-Identifier: Apache-2.0
// Reads a file whole through the calls of file_calls.h. Throws Error(data) naming the file and what is wrong with it:
// missing, of another size, unreadable.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace kindred {

// The file must have exactly the size of `into`.
void read_exactly(const std::filesystem::path& file, std::span<std::byte> into);

// A small text file; larger than `most_bytes` is an error.
std::string read_text(const std::filesystem::path& file, std::size_t most_bytes);

}  // namespace kindred
