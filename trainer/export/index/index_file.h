// SPDX-License-Identifier: Apache-2.0
// Looks through an index file before faiss reads it: faiss believes the sizes and the links that a file claims, and
// would allocate or follow whatever a damaged one says.
// Error(data) naming the file, the place and what is wrong, unless the file is one of the kinds that build_item_index
// writes, every size is that of the bytes that are there, and every number that faiss uses as a place is in range.
#pragma once

#include <filesystem>

namespace kindred {

void check_index_file(const std::filesystem::path& file);

}  // namespace kindred
