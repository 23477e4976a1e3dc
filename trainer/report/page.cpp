// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/page.h"

#include "trainer/report/page_style.h"

#include <algorithm>

namespace kindred {

std::string page(const std::string& title, const Markup& body) {
  return html(
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<meta name=\"referrer\" content=\"no-referrer\">\n"
             "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
             title, Markup::literal(kPageStyle), body)
      .text();
}

Markup section(const std::string& heading, const std::string& note, const Markup& body) {
  if (body.empty()) return {};
  const Markup below = note.empty() ? Markup() : html("<p class=\"note\">{}</p>\n", note);
  return html("<section>\n<h2>{}</h2>\n{}{}</section>\n", heading, below, body);
}

Markup panel(const std::string& heading, const Markup& body) {
  if (body.empty()) return {};
  return html("<div class=\"panel\"><h3>{}</h3>\n{}</div>\n", heading, body);
}

Markup wide_panel(const std::string& heading, const Markup& body) {
  if (body.empty()) return {};
  return html("<div class=\"panel wide\"><h3>{}</h3>\n{}</div>\n", heading, body);
}

Markup grid(const Markup& panels, GridOf of) {
  const char* name = of == GridOf::quarters ? " quarters" : of == GridOf::halves ? " halves" : "";
  return panels.empty() ? Markup() : html("<div class=\"grid{}\">\n{}</div>\n", name, panels);
}

namespace {

// Keys may be cut behind an underscore, and nowhere else.
Markup cuttable(const std::string& key) {
  Markup text;
  for (std::size_t at = 0; at < key.size();) {
    const std::size_t end = std::min(key.find('_', at), key.size() - 1) + 1;
    text += html("{}", key.substr(at, end - at));
    if (end < key.size()) text += Markup::literal("<wbr>");
    at = end;
  }
  return text;
}

}  // namespace

Markup fact_list(const std::vector<Fact>& facts) {
  Markup lines;
  for (const Fact& fact : facts) lines += html("<dt>{}</dt><dd>{}</dd>\n", cuttable(fact.name), fact.value);
  return lines.empty() ? Markup() : html("<dl>\n{}</dl>\n", lines);
}

Markup tile_row(const std::vector<Tile>& tiles) {
  Markup all;
  for (const Tile& tile : tiles) {
    all += html(
        "<div class=\"tile\"><div class=\"name\">{}</div><div class=\"number\">{}</div>"
        "<div class=\"below{}\">{}</div></div>\n",
        tile.name, tile.value, tile.good ? " good" : "", tile.note);
  }
  return html("<div class=\"tiles\">\n{}</div>\n", all);
}

Markup table(const std::vector<std::string>& head, const std::vector<std::vector<Markup>>& rows) {
  Markup lines;
  Markup cells;
  for (const std::string& name : head) cells += html("<th>{}</th>", name);
  lines += html("<tr>{}</tr>\n", cells);
  for (const std::vector<Markup>& row : rows) {
    cells = {};
    for (const Markup& cell : row) cells += html("<td>{}</td>", cell);
    lines += html("<tr>{}</tr>\n", cells);
  }
  return html("<div class=\"scroll\"><table>\n{}</table></div>\n", lines);
}

}  // namespace kindred
