// SPDX-License-Identifier: Apache-2.0
// `data.item_names`: a table of the items' titles, for people to read. Training and the prepared dataset do not know
// it.
#pragma once

#include "trainer/config/field.h"

#include <optional>
#include <string>

namespace kindred {

struct ItemNamesConfig {
  std::string path;  // empty: items are shown by their ids
  std::string separator = ",";
  std::optional<bool> header;
  std::string id = "item";
  std::string name = "name";
};

template <typename Visitor>
void fields(Visitor& visit, ItemNamesConfig& c) {
  const Condition named = {"data.item_names.path", {}};
  visit("path", c.path,
        {.doc = "CSV, TSV, JSON lines or Parquet file of items and their titles, plain, gzip or zstd; empty: none.",
         .rule = TextRule::input_file,
         .result_depends = false});
  visit("separator", c.separator,
        {.doc = "Between the columns of a text table.",
         .rule = TextRule::not_empty,
         .when = {named},
         .result_depends = false});
  visit("header", c.header,
        {.doc = "The first line names the columns; absent: found from that line.",
         .when = {named},
         .result_depends = false});
  visit("id", c.id,
        {.doc = "Column of the item's id: name in the header, or 0-based position.",
         .rule = TextRule::column,
         .when = {named},
         .result_depends = false});
  visit("name", c.name,
        {.doc = "Column of the item's title.", .rule = TextRule::column, .when = {named}, .result_depends = false});
}

}  // namespace kindred
