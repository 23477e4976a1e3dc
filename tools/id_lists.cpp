// SPDX-License-Identifier: Apache-2.0
#include "tools/id_lists.h"

#include "kernels/core/check.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace kindred {

namespace {

// Calls take(line, number) for each line.
template <typename Take>
void for_each_line(const std::string& file, std::string_view option, Take&& take) {
  std::ifstream stream(file);
  if (!stream) fail(ErrorKind::usage, "{}: {}: cannot be read", option, file);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    take(line, ++number);
  }
}

}  // namespace

std::vector<std::string> read_ids(const std::string& file, std::string_view option) {
  std::vector<std::string> ids;
  for_each_line(file, option, [&](const std::string& line, int) {
    if (!line.empty()) ids.push_back(line);
  });
  if (ids.empty()) fail(ErrorKind::usage, "{}: {}: has no entries; expected one id a line", option, file);
  return ids;
}

std::vector<IdList> read_id_lists(const std::string& file, std::string_view option) {
  std::vector<IdList> lists;
  for_each_line(file, option, [&](const std::string& line, int number) {
    std::istringstream words(line);
    IdList list{.place = fmt::format("{}:{}", file, number), .name = {}, .ids = {}};
    if (!(words >> list.name)) return;
    list.ids.assign(std::istream_iterator<std::string>(words), {});
    lists.push_back(std::move(list));
  });
  if (lists.empty()) fail(ErrorKind::usage, "{}: {}: has no entries; expected 'name id id ...' a line", option, file);
  return lists;
}

}  // namespace kindred
