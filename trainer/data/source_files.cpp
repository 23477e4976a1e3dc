// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/source_files.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kindred {

namespace fs = std::filesystem;

namespace {

SourceFile describe(const std::string& path, const std::string& relative_path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    fail(ErrorKind::data, "{}: cannot be read: {}", path, std::strerror(errno));
  }
  SourceFile file;
  file.path = path;
  file.relative_path = relative_path;
  file.bytes = status.st_size;
  file.modified_ns = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return file;
}

bool hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.empty() || name[0] == '.' || name[0] == '_';
}

void add_folder(const std::string& folder, std::vector<SourceFile>& files) {
  std::vector<std::string> relative_paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (hidden(entry->path())) {
      if (entry->is_directory()) entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      relative_paths.push_back(fs::path(entry->path()).lexically_relative(folder).string());
    }
  }
  if (error) fail(ErrorKind::data, "{}: cannot be listed: {}", folder, error.message());
  if (relative_paths.empty()) {
    fail(ErrorKind::data, "{}: the folder has no files (names that begin with '.' or '_' do not count)", folder);
  }
  std::sort(relative_paths.begin(), relative_paths.end());
  for (const std::string& relative : relative_paths) {
    files.push_back(describe((fs::path(folder) / relative).string(), relative));
  }
}

void add_existing(const std::string& path, std::vector<SourceFile>& files) {
  if (fs::is_directory(path)) {
    add_folder(path, files);
  } else {
    files.push_back(describe(path, ""));
  }
}

void add_glob(const std::string& pattern, std::vector<SourceFile>& files) {
  glob_t matches{};
  const int status = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches);
  std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (status != 0 || paths.empty()) fail(ErrorKind::data, "{}: no file matches", pattern);
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) add_existing(path, files);
}

std::string undo_percent(const std::string& text) {
  const auto hex = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string plain;
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (text[place] == '%' && place + 2 < text.size() && hex(text[place + 1]) >= 0 && hex(text[place + 2]) >= 0) {
      plain += static_cast<char>(hex(text[place + 1]) * 16 + hex(text[place + 2]));
      place += 2;
    } else {
      plain += text[place];
    }
  }
  return plain;
}

}  // namespace

std::vector<SourceFile> expand_paths(const std::vector<std::string>& paths) {
  if (paths.empty()) fail(ErrorKind::data, "no path to read events from");
  std::vector<SourceFile> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
      add_existing(path, files);
    } else if (path.find_first_of("*?[") != std::string::npos) {
      add_glob(path, files);
    } else {
      fail(ErrorKind::data, "{}: there is no such file or folder", path);
    }
  }
  return files;
}

std::vector<std::pair<std::string, std::string>> partition_columns(const std::string& relative_path) {
  std::vector<std::pair<std::string, std::string>> columns;
  const fs::path folder = fs::path(relative_path).parent_path();
  for (const fs::path& part : folder) {
    const std::string name = part.string();
    const std::size_t equals = name.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    std::string value = undo_percent(name.substr(equals + 1));
    if (value == "__HIVE_DEFAULT_PARTITION__") value.clear();
    columns.emplace_back(undo_percent(name.substr(0, equals)), std::move(value));
  }
  return columns;
}

}  // namespace kindred
