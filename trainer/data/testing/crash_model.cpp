// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/testing/crash_model.h"

#include "kernels/core/check.h"

#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <unordered_set>

namespace kindred {

namespace fs = std::filesystem;

CrashModel::CrashModel(fs::path root, Syncs syncs) : root_(std::move(root)), syncs_(syncs) {
  add_from_disk(root_);
  live_ = start_;
}

int CrashModel::add_from_disk(const fs::path& path) {
  const int id = static_cast<int>(start_.size());
  start_.push_back({.is_folder = fs::is_directory(path)});
  if (start_.back().is_folder) {
    for (const auto& entry : fs::directory_iterator(path)) {
      const int child = add_from_disk(entry.path());
      start_[static_cast<std::size_t>(id)].entries[entry.path().filename().string()] = child;
    }
  } else {
    std::ifstream stream(path, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    start_.back().data = text.str();
  }
  return id;
}

std::pair<int, std::string> CrashModel::place_of(const char* path) const {
  const fs::path relative = fs::path(path).lexically_normal().lexically_relative(root_.lexically_normal());
  if (relative.empty() || *relative.begin() == "..") return {-1, {}};
  int folder = 0;
  for (const fs::path& part : relative.parent_path()) {
    const auto& entries = live_[static_cast<std::size_t>(folder)].entries;
    const auto entry = entries.find(part.string());
    if (entry == entries.end()) fail(ErrorKind::internal, "the crash model does not know {}", path);
    folder = entry->second;
  }
  return {folder, relative.filename().string()};
}

int CrashModel::node_at(const char* path) const {
  if (fs::path(path).lexically_normal() == root_.lexically_normal()) return 0;
  const auto [folder, name] = place_of(path);
  if (folder < 0) return -1;
  const auto& entries = live_[static_cast<std::size_t>(folder)].entries;
  const auto entry = entries.find(name);
  return entry == entries.end() ? -1 : entry->second;
}

int CrashModel::open(const char* path, int flags, mode_t mode) {
  const int fd = FileCalls::open(path, flags, mode);
  if (fd < 0) return fd;
  int node = node_at(path);
  const auto [folder, name] = place_of(path);
  if (node < 0 && folder >= 0) {
    node = static_cast<int>(live_.size());
    live_.push_back({});
    live_[static_cast<std::size_t>(folder)].entries[name] = node;
    operations_.push_back({.kind = Kind::make_file, .node = node, .folder = folder, .name = name});
  } else if (node >= 0 && (flags & O_TRUNC) != 0) {
    operations_.push_back({.kind = Kind::truncate, .node = node});
  }
  if (node >= 0) open_[fd] = node;
  return fd;
}

ssize_t CrashModel::write(int fd, const void* data, std::size_t bytes) {
  const ssize_t written = FileCalls::write(fd, data, bytes);
  const auto node = open_.find(fd);
  if (written > 0 && node != open_.end()) {
    operations_.push_back({.kind = Kind::write,
                           .node = node->second,
                           .data = std::string(static_cast<const char*>(data), static_cast<std::size_t>(written))});
  }
  return written;
}

int CrashModel::fsync(int fd) {
  const int status = FileCalls::fsync(fd);
  const auto node = open_.find(fd);
  if (status == 0 && node != open_.end() && syncs_ == Syncs::count) {
    operations_.push_back({.kind = Kind::sync, .node = node->second});
  }
  return status;
}

int CrashModel::close(int fd) {
  open_.erase(fd);
  return FileCalls::close(fd);
}

int CrashModel::rename(const char* from, const char* to) {
  const int status = FileCalls::rename(from, to);
  const int node = node_at(from);
  if (status != 0 || node < 0) return status;
  const auto [folder, name] = place_of(from);
  const auto [to_folder, to_name] = place_of(to);
  live_[static_cast<std::size_t>(folder)].entries.erase(name);
  live_[static_cast<std::size_t>(to_folder)].entries[to_name] = node;
  operations_.push_back(
      {.kind = Kind::rename, .node = node, .folder = folder, .name = name, .to_folder = to_folder, .to_name = to_name});
  return status;
}

int CrashModel::removed(const char* path, int status) {
  const int node = node_at(path);
  if (status != 0 || node < 0) return status;
  const auto [folder, name] = place_of(path);
  live_[static_cast<std::size_t>(folder)].entries.erase(name);
  operations_.push_back({.kind = Kind::remove, .node = node, .folder = folder, .name = name});
  return status;
}

int CrashModel::unlink(const char* path) { return removed(path, FileCalls::unlink(path)); }
int CrashModel::rmdir(const char* path) { return removed(path, FileCalls::rmdir(path)); }

int CrashModel::mkdir(const char* path, mode_t mode) {
  const int status = FileCalls::mkdir(path, mode);
  const auto [folder, name] = place_of(path);
  if (status != 0 || folder < 0) return status;
  const int node = static_cast<int>(live_.size());
  live_.push_back({.is_folder = true});
  live_[static_cast<std::size_t>(folder)].entries[name] = node;
  operations_.push_back({.kind = Kind::make_folder, .node = node, .folder = folder, .name = name});
  return status;
}

// The disk after a prefix of the operations: what is durable, and what waits for a sync.
class CrashModel::Replay {
 public:
  explicit Replay(const std::vector<Node>& start) : durable_(start), waiting_(start.size()) {}

  void apply(const Operation& operation) {
    if (operation.kind == Kind::acknowledge) return;
    const auto node = static_cast<std::size_t>(operation.node);
    if (node >= durable_.size()) {
      durable_.resize(node + 1);
      waiting_.resize(node + 1);
    }
    switch (operation.kind) {
      case Kind::make_folder:
        durable_[node].is_folder = true;
        [[fallthrough]];
      case Kind::make_file:
      case Kind::remove:
        wait(operation.folder, operation);
        break;
      case Kind::rename:
        if (operation.folder != operation.to_folder) fail(ErrorKind::internal, "a rename between folders");
        wait(operation.folder, operation);
        break;
      case Kind::truncate:
      case Kind::write:
        wait(operation.node, operation);
        break;
      case Kind::sync:
        durable_[node] = settled(node, all_of(node));
        waiting_[node].clear();
        break;
      case Kind::acknowledge:
        break;
    }
  }

  // How many ways each node that waits can have gone.
  std::vector<std::pair<std::size_t, std::uint64_t>> choices() const {
    std::vector<std::pair<std::size_t, std::uint64_t>> result;
    for (std::size_t node = 0; node < waiting_.size(); ++node) {
      if (!waiting_[node].empty()) result.emplace_back(node, all_of(node) + 1);
    }
    return result;
  }

  // Every reachable path with its contents, in one string; folders end with "/".
  std::map<std::string, std::string> tree(const std::map<std::size_t, std::uint64_t>& chosen) const {
    std::map<std::string, std::string> paths;
    add(0, "", chosen, paths);
    return paths;
  }

 private:
  void wait(int node, const Operation& operation) { waiting_[static_cast<std::size_t>(node)].push_back(&operation); }

  // The choice in which everything reached the disk. Of a folder: one bit an operation. Of a file: 0 nothing, 1 half, 2
  // zeros, 3 all.
  std::uint64_t all_of(std::size_t node) const {
    return durable_[node].is_folder ? (std::uint64_t{1} << std::min<std::size_t>(waiting_[node].size(), 62)) - 1 : 3;
  }

  Node settled(std::size_t node, std::uint64_t choice) const {
    Node result = durable_[node];
    if (result.is_folder) {
      for (std::size_t i = 0; i < waiting_[node].size(); ++i) {
        if ((choice >> i & 1) == 0) continue;
        const Operation& operation = *waiting_[node][i];
        if (operation.kind == Kind::rename) {
          result.entries.erase(operation.name);
          result.entries[operation.to_name] = operation.node;
        } else if (operation.kind == Kind::remove) {
          result.entries.erase(operation.name);
        } else {
          result.entries[operation.name] = operation.node;
        }
      }
      return result;
    }
    if (choice == 0) return result;
    std::string added;
    for (const Operation* operation : waiting_[node]) {
      if (operation->kind == Kind::truncate) {
        result.data.clear();
        added.clear();
      } else {
        added += operation->data;
      }
    }
    if (choice == 1) added.resize(added.size() / 2);
    if (choice == 2) std::fill(added.begin(), added.end(), '\0');
    result.data += added;
    return result;
  }

  void add(std::size_t node, const std::string& path, const std::map<std::size_t, std::uint64_t>& chosen,
           std::map<std::string, std::string>& paths) const {
    const auto choice = chosen.find(node);
    const Node now = choice == chosen.end() ? durable_[node] : settled(node, choice->second);
    if (!now.is_folder) {
      paths[path] = now.data;
      return;
    }
    if (!path.empty()) paths[path + "/"] = "";
    for (const auto& [name, child] : now.entries) {
      add(static_cast<std::size_t>(child), path.empty() ? name : path + "/" + name, chosen, paths);
    }
  }

  std::vector<Node> durable_;
  std::vector<std::vector<const Operation*>> waiting_;
};

namespace {

void make_tree(const fs::path& folder, const std::map<std::string, std::string>& paths) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [path, data] : paths) {
    if (path.ends_with('/')) {
      fs::create_directories(folder / path.substr(0, path.size() - 1));
    } else {
      std::ofstream(folder / path, std::ios::binary) << data;
    }
  }
}

std::string key_of(const std::map<std::string, std::string>& paths, std::int64_t acknowledged) {
  std::string key = fmt::format("{}\n", acknowledged);
  for (const auto& [path, data] : paths) key += fmt::format("{} {}\n{}\n", path, data.size(), data);
  return key;
}

}  // namespace

CrashModel::Counts CrashModel::for_each_state(const fs::path& folder, std::int64_t most_per_prefix,
                                              const std::function<void(std::int64_t)>& visit) const {
  Counts counts;
  std::unordered_set<std::string> seen;
  std::mt19937_64 random(1);
  Replay disk(start_);
  std::int64_t acknowledged = 0;
  const auto look_at = [&](const std::map<std::size_t, std::uint64_t>& chosen) {
    ++counts.states;
    const auto paths = disk.tree(chosen);
    if (!seen.insert(key_of(paths, acknowledged)).second) return;
    ++counts.distinct;
    make_tree(folder, paths);
    visit(acknowledged);
  };
  for (std::size_t done = 0; done <= operations_.size(); ++done) {
    if (done > 0) {
      disk.apply(operations_[done - 1]);
      if (operations_[done - 1].kind == Kind::acknowledge) {
        ++acknowledged;
      } else {
        ++counts.operations;
      }
    }
    const auto choices = disk.choices();
    double product = 1.0;
    for (const auto& [node, ways] : choices) product *= static_cast<double>(ways);
    std::map<std::size_t, std::uint64_t> chosen;
    if (product <= static_cast<double>(most_per_prefix)) {
      for (std::uint64_t state = 0; state < static_cast<std::uint64_t>(product); ++state) {
        std::uint64_t rest = state;
        for (const auto& [node, ways] : choices) {
          chosen[node] = rest % ways;
          rest /= ways;
        }
        look_at(chosen);
      }
      continue;
    }
    counts.complete = false;
    for (std::int64_t state = 0; state < most_per_prefix; ++state) {
      for (const auto& [node, ways] : choices) {
        chosen[node] = state == 0 ? 0 : state == 1 ? ways - 1 : random() % ways;
      }
      look_at(chosen);
    }
  }
  return counts;
}

}  // namespace kindred
