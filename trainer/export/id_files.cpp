// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/id_files.h"

namespace kindred {

std::string escape_id(std::string_view id) {
  std::string field;
  for (const char c : id) {
    switch (c) {
      case '\\':
        field += "\\\\";
        break;
      case '\t':
        field += "\\t";
        break;
      case '\n':
        field += "\\n";
        break;
      case '\r':
        field += "\\r";
        break;
      default:
        field += c;
    }
  }
  return field;
}

std::string unescape_id(std::string_view field) {
  std::string id;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      id += field[i];
      continue;
    }
    const char next = field[++i];
    id += next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next;
  }
  return id;
}

}  // namespace kindred
