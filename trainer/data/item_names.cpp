// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/item_names.h"

#include "kernels/core/check.h"
#include "trainer/data/events.h"
#include "trainer/data/readers/column_layout.h"

#include <limits>

namespace kindred {

ItemNames ItemNames::read(const ItemNamesConfig& config, ThreadPool& pool) {
  ItemNames names;
  if (config.path.empty()) return names;
  // A row of the table is read like an event: the item touches its title.
  DataConfig table;
  table.path = {config.path};
  table.separator = config.separator;
  table.header = config.header;
  table.columns = {.user = config.id, .item = config.name, .weight = {}, .timestamp = {}, .event = {}, .session = {}};
  table.max_bad_rows = std::numeric_limits<std::int64_t>::max();  // counted here, where no key allows them
  RawEvents rows;
  try {
    rows = read_events(table, pool);
  } catch (const Error& error) {
    fail(error.kind(), "data.item_names (user = id, item = name): {}", error.what());
  }
  if (const std::int64_t bad = rows.counts.bad_rows_total(); bad > 0) {
    fail(ErrorKind::data, "data.item_names (user = id, item = name): {}; {} such rows",
         rows.counts.examples.front().message, bad);
  }
  names.name_of_id_.assign(static_cast<std::size_t>(rows.users.ids.size()), -1);
  for (std::int64_t row = 0; row < rows.size(); ++row) {
    const std::int32_t id = rows.users.codes[row];
    const std::int32_t name = rows.items.codes[row];
    std::int32_t& known = names.name_of_id_[static_cast<std::size_t>(id)];
    if (known >= 0 && known != name) {
      fail(ErrorKind::data, "data.item_names: {}: item '{}' has two titles, '{}' and '{}'; expected one", config.path,
           shown(rows.users.ids.text(id)), shown(rows.items.ids.text(known)), shown(rows.items.ids.text(name)));
    }
    known = name;
  }
  names.ids_ = std::move(rows.users.ids);
  names.names_ = std::move(rows.items.ids);
  return names;
}

std::optional<std::string> ItemNames::find(std::string_view id) const {
  const std::int32_t code = ids_.find(id);
  if (code < 0) return std::nullopt;
  return names_.text(name_of_id_[static_cast<std::size_t>(code)]);
}

}  // namespace kindred
