// SPDX-License-Identifier: Apache-2.0
// The frame of a page: one HTML file that needs nothing else, runs no script and may load nothing (its own policy says
// so), light and dark by the reader's setting, for phones and wide screens.
#pragma once

#include "trainer/report/markup.h"

#include <string>
#include <vector>

namespace kindred {

std::string page(const std::string& title, const Markup& body);

// A part of the page with a heading; nothing where `body` is empty. `note` says how to read it; may be empty.
Markup section(const std::string& heading, const std::string& note, const Markup& body);
// A panel of a section's grid. Nothing where `body` is empty.
Markup panel(const std::string& heading, const Markup& body);
Markup wide_panel(const std::string& heading, const Markup& body);
// How many panels stand in a row on a wide screen.
enum class GridOf { quarters, thirds, halves };
Markup grid(const Markup& panels, GridOf of = GridOf::thirds);

// Names and values, one a line.
struct Fact {
  std::string name;
  Markup value;
};
Markup fact_list(const std::vector<Fact>& facts);

// The few numbers at the top: a name, a large value, a line below.
struct Tile {
  std::string name;
  std::string value;
  std::string note;
  bool good = false;
};
Markup tile_row(const std::vector<Tile>& tiles);

// A table; cells of the first column are names.
Markup table(const std::vector<std::string>& head, const std::vector<std::vector<Markup>>& rows);

}  // namespace kindred
