// SPDX-License-Identifier: Apache-2.0
// What a crash may leave: records the file-system calls of real code below one folder, and makes every state that
// POSIX allows when the machine stops after any prefix of them:
//   bytes that were not synced: none of them, all, half, or their length full of zeros;
//   names (new, renamed, removed) in a folder that was not synced: any subset of them, a rename whole or not at all.
// A sync of a file does not make its name durable.
#pragma once

#include "trainer/data/file_calls.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kindred {

class CrashModel final : public FileCalls {
 public:
  enum class Syncs { count, are_ignored };  // ignored: the disk lies; to see that a test notices

  // What is below `root` now counts as durable.
  explicit CrashModel(std::filesystem::path root, Syncs syncs = Syncs::count);

  // The code has told its caller that something is safe.
  void acknowledge() { operations_.push_back({.kind = Kind::acknowledge}); }

  struct Counts {
    std::int64_t operations = 0;
    std::int64_t states = 0;    // as enumerated
    std::int64_t distinct = 0;  // as visited
    bool complete = true;  // false: some prefix had more than `most_per_prefix` states, of which a sample was taken
  };
  // Makes each distinct state in `folder`, again and again, and visits it with the number of acknowledgements before
  // the crash.
  Counts for_each_state(const std::filesystem::path& folder, std::int64_t most_per_prefix,
                        const std::function<void(std::int64_t acknowledged)>& visit) const;

  int open(const char* path, int flags, mode_t mode) override;
  ssize_t write(int fd, const void* data, std::size_t bytes) override;
  int fsync(int fd) override;
  int close(int fd) override;
  int rename(const char* from, const char* to) override;
  int unlink(const char* path) override;
  int mkdir(const char* path, mode_t mode) override;
  int rmdir(const char* path) override;

 private:
  enum class Kind { make_file, make_folder, truncate, write, sync, rename, remove, acknowledge };
  struct Operation {
    Kind kind = Kind::acknowledge;
    int node = -1;    // file or folder that is made, written, synced, renamed, removed
    int folder = -1;  // that holds the name
    std::string name = {};
    int to_folder = -1;
    std::string to_name = {};
    std::string data = {};
  };
  struct Node {
    bool is_folder = false;
    std::map<std::string, int> entries = {};
    std::string data = {};
  };
  class Replay;

  int add_from_disk(const std::filesystem::path& path);
  // Folder node and last name of a path below the root; folder -1 elsewhere.
  std::pair<int, std::string> place_of(const char* path) const;
  int node_at(const char* path) const;
  // The operation of a call that has taken `path` away; hands the call's status on.
  int removed(const char* path, int status);

  std::filesystem::path root_;
  Syncs syncs_;
  std::vector<Node> start_;  // node 0 is the root
  std::vector<Node> live_;
  std::map<int, int> open_;  // descriptor -> node
  std::vector<Operation> operations_;
};

}  // namespace kindred
