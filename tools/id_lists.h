// SPDX-License-Identifier: Apache-2.0
// Files of ids that people write: one id a line, or a name and ids a line, apart by blanks. Empty lines are passed
// over. Error(usage) naming the option when a file cannot be read or holds nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct IdList {
  std::string place;  // "new.txt:3"
  std::string name;
  std::vector<std::string> ids;
};

std::vector<std::string> read_ids(const std::string& file, std::string_view option);
std::vector<IdList> read_id_lists(const std::string& file, std::string_view option);

}  // namespace kindred
