// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/source_files.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace kindred {

namespace {

constexpr std::int64_t kPieceBytes = std::int64_t{16} << 20;
constexpr std::int64_t kBufferBytes = std::int64_t{256} << 10;

struct StateFree {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};
using HashState = std::unique_ptr<XXH3_state_t, StateFree>;

HashState new_state() {
  HashState state(XXH3_createState());
  XXH3_64bits_reset(state.get());
  return state;
}

std::uint64_t hash_piece(const std::string& path, std::int64_t begin, std::int64_t end) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(ErrorKind::data, "{}: cannot be read: {}", path, std::strerror(errno));
  const HashState state = new_state();
  const auto buffer = std::make_unique<char[]>(static_cast<std::size_t>(kBufferBytes));
  while (begin < end) {
    const ssize_t got = pread(file, buffer.get(), static_cast<std::size_t>(std::min(kBufferBytes, end - begin)), begin);
    if (got <= 0) {
      const int cause = errno;
      close(file);
      if (got == 0) fail(ErrorKind::data, "{}: became shorter while it was read", path);
      fail(ErrorKind::data, "{}: cannot be read: {}", path, std::strerror(cause));
    }
    XXH3_64bits_update(state.get(), buffer.get(), static_cast<std::size_t>(got));
    begin += got;
  }
  close(file);
  return XXH3_64bits_digest(state.get());
}

}  // namespace

SourceFingerprint source_fingerprint(const std::vector<std::string>& paths, ThreadPool& pool) {
  SourceFingerprint result;
  result.files = expand_paths(paths);
  struct Piece {
    std::size_t file;
    std::int64_t begin;
    std::int64_t end;
    std::uint64_t hash;
  };
  std::vector<Piece> pieces;
  for (std::size_t file = 0; file < result.files.size(); ++file) {
    const std::int64_t bytes = result.files[file].bytes;
    result.bytes += bytes;
    for (std::int64_t begin = 0; begin < bytes; begin += kPieceBytes) {
      pieces.push_back({file, begin, std::min(bytes, begin + kPieceBytes), 0});
    }
  }
  pool.run(static_cast<std::int64_t>(pieces.size()), [&](std::int64_t chunk, int) {
    Piece& piece = pieces[static_cast<std::size_t>(chunk)];
    piece.hash = hash_piece(result.files[piece.file].path, piece.begin, piece.end);
  });

  std::string summary;
  const auto add = [&summary](const void* bytes, std::size_t count) {
    summary.append(static_cast<const char*>(bytes), count);
  };
  std::size_t next = 0;
  for (std::size_t index = 0; index < result.files.size(); ++index) {
    SourceFile& file = result.files[index];
    const HashState state = new_state();
    for (; next < pieces.size() && pieces[next].file == index; ++next) {
      XXH3_64bits_update(state.get(), &pieces[next].hash, sizeof pieces[next].hash);
    }
    file.hash = XXH3_64bits_digest(state.get());
    add(file.relative_path.c_str(), file.relative_path.size() + 1);  // with the closing zero as a border
    add(&file.bytes, sizeof file.bytes);
    add(&file.hash, sizeof file.hash);
  }
  const XXH128_hash_t hash = XXH3_128bits(summary.data(), summary.size());
  result.hex = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  return result;
}

}  // namespace kindred
