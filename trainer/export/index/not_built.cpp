// SPDX-License-Identifier: Apache-2.0
// Stands for this folder's other files in a build without faiss: every entry says so.
#include "kernels/core/check.h"
#include "trainer/export/index/item_index.h"

namespace kindred {

namespace {

[[noreturn]] void not_built(const std::string& what) {
  fail(ErrorKind::usage,
       "{}: built without faiss; configure with -DKINDRED_FAISS=ON, or export without an index "
       "(--set export.index.type=none)",
       what);
}

}  // namespace

std::unique_ptr<ItemIndex> build_item_index(const Context&, View<const float, 2>, IndexType type, const IndexConfig&) {
  not_built("export.index.type: " + std::string(kChoices<IndexType>[static_cast<std::size_t>(type)]));
}

std::unique_ptr<ItemIndex> read_item_index(const std::filesystem::path& file) { not_built(file.string()); }

std::string faiss_version() { return {}; }

}  // namespace kindred
