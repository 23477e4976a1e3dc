// SPDX-License-Identifier: Apache-2.0
// The titles of items, from the table that data.item_names names. Text is UTF-8. Read by the readers of event tables,
// so all their formats and errors hold; beyond them Error(data): an id with two different titles.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/item_names_config.h"
#include "trainer/data/id_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

class ItemNames {
 public:
  ItemNames() = default;  // no item has a title
  // Reads the table; an empty path gives no titles.
  static ItemNames read(const ItemNamesConfig& config, ThreadPool& pool);

  std::int64_t size() const { return static_cast<std::int64_t>(name_of_id_.size()); }
  std::optional<std::string> find(std::string_view id) const;

 private:
  IdTable ids_;
  IdTable names_;
  std::vector<std::int32_t> name_of_id_;  // by code of ids_
};

}  // namespace kindred
