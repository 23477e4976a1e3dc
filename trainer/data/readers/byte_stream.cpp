// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/readers/byte_stream.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace kindred {

namespace {

constexpr std::int64_t kInputBytes = std::int64_t{128} << 10;

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(const std::string& path) : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) fail(ErrorKind::data, "{}: cannot be read: {}", path, std::strerror(errno));
  }
  ~PlainStream() override { close(file_); }
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;

  std::int64_t read(char* bytes, std::int64_t count) override {
    for (;;) {
      const ssize_t got = ::read(file_, bytes, static_cast<std::size_t>(count));
      if (got >= 0) {
        position_ += got;
        return got;
      }
      if (errno != EINTR) fail(ErrorKind::data, "{}: cannot be read: {}", path_, std::strerror(errno));
    }
  }
  std::int64_t position() const override { return position_; }

 private:
  std::string path_;
  int file_;
  std::int64_t position_ = 0;
};

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(const std::string& path) : path_(path), plain_(path), input_(kInputBytes) {
    if (inflateInit2(&state_, 15 + 16) != Z_OK) fail(ErrorKind::internal, "zlib cannot be set up");
  }
  ~GzipStream() override { inflateEnd(&state_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::int64_t read(char* bytes, std::int64_t count) override {
    state_.next_out = reinterpret_cast<Bytef*>(bytes);
    state_.avail_out = static_cast<uInt>(std::min<std::int64_t>(count, std::int64_t{1} << 30));
    const uInt wanted = state_.avail_out;
    while (state_.avail_out == wanted) {
      if (state_.avail_in == 0) refill();
      if (state_.avail_in == 0) {
        if (inside_member_) fail(ErrorKind::data, "{}: the gzip data is truncated: it ends inside a member", path_);
        return 0;
      }
      if (!inside_member_) {
        if (!begin_member()) continue;
      }
      const int status = inflate(&state_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        inside_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail(ErrorKind::data, "{}: the gzip data is damaged near byte {}: {}", path_, position(),
             state_.msg != nullptr ? state_.msg : "it cannot be decompressed");
      }
    }
    return wanted - state_.avail_out;
  }
  std::int64_t position() const override { return plain_.position() - state_.avail_in; }

 private:
  void refill() {
    state_.next_in = reinterpret_cast<Bytef*>(input_.data());
    state_.avail_in = static_cast<uInt>(plain_.read(input_.data(), kInputBytes));
  }
  // Zeros between and after members are padding (tapes, block devices).
  bool begin_member() {
    if (*state_.next_in == 0 && begun_) {
      ++state_.next_in;
      --state_.avail_in;
      return false;
    }
    inflateReset(&state_);
    inside_member_ = true;
    begun_ = true;
    return true;
  }

  std::string path_;
  PlainStream plain_;
  std::vector<char> input_;
  z_stream state_{};
  bool inside_member_ = false;
  bool begun_ = false;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(const std::string& path)
      : path_(path), plain_(path), input_(kInputBytes), state_(ZSTD_createDCtx()) {
    if (state_ == nullptr) fail(ErrorKind::internal, "zstd cannot be set up");
    ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, 31);
  }
  ~ZstdStream() override { ZSTD_freeDCtx(state_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  std::int64_t read(char* bytes, std::int64_t count) override {
    ZSTD_outBuffer out{bytes, static_cast<std::size_t>(count), 0};
    while (out.pos == 0) {
      bool at_end = false;
      if (in_.pos == in_.size) {
        in_ = {input_.data(), static_cast<std::size_t>(plain_.read(input_.data(), kInputBytes)), 0};
        at_end = in_.size == 0;
        if (at_end && !inside_frame_) return 0;
      }
      const std::size_t status = ZSTD_decompressStream(state_, &out, &in_);
      if (ZSTD_isError(status)) {
        fail(ErrorKind::data, "{}: the zstd data is damaged near byte {}: {}", path_, position(),
             ZSTD_getErrorName(status));
      }
      inside_frame_ = status != 0;
      if (at_end && inside_frame_ && out.pos == 0) {
        fail(ErrorKind::data, "{}: the zstd data is truncated: it ends inside a frame", path_);
      }
    }
    return static_cast<std::int64_t>(out.pos);
  }
  std::int64_t position() const override { return plain_.position() - static_cast<std::int64_t>(in_.size - in_.pos); }

 private:
  std::string path_;
  PlainStream plain_;
  std::vector<char> input_;
  ZSTD_DCtx* state_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool inside_frame_ = false;
};

}  // namespace

std::string first_bytes(const std::string& path) {
  PlainStream file(path);
  std::string bytes(4, '\0');
  std::int64_t got = 0;
  while (got < 4) {
    const std::int64_t more = file.read(bytes.data() + got, 4 - got);
    if (more == 0) break;
    got += more;
  }
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::unique_ptr<ByteStream> open_byte_stream(const std::string& path) {
  const std::string start = first_bytes(path);
  if (start.size() >= 2 && start[0] == '\x1f' && start[1] == '\x8b') return std::make_unique<GzipStream>(path);
  if (start == "\x28\xb5\x2f\xfd") return std::make_unique<ZstdStream>(path);
  return std::make_unique<PlainStream>(path);
}

}  // namespace kindred
