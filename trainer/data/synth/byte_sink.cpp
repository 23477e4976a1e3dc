// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/byte_sink.h"

#include "kernels/core/check.h"

#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace kindred {

namespace {

constexpr int kZstdLevel = 1;

class PlainSink final : public ByteSink {
 public:
  explicit PlainSink(std::filesystem::path path) : path_(std::move(path)), partial_(path_) {
    partial_ += ".partial";
    file_ = std::fopen(partial_.c_str(), "wb");
    if (file_ == nullptr) fail_with("cannot be created");
  }
  ~PlainSink() override {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
  }
  void write(std::string_view bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_with("cannot be written");
  }
  void finish() override {
    if (std::fclose(std::exchange(file_, nullptr)) != 0) fail_with("cannot be written");
    std::error_code error;
    std::filesystem::rename(partial_, path_, error);
    if (error)
      fail(ErrorKind::device, "{}: cannot be renamed from {}: {}", path_.string(), partial_.string(), error.message());
  }

 private:
  [[noreturn]] void fail_with(const char* what) const {
    fail(ErrorKind::device, "{}: {}: {}", partial_.string(), what, std::strerror(errno));
  }
  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::FILE* file_ = nullptr;
};

class ZstdSink final : public ByteSink {
 public:
  explicit ZstdSink(const std::filesystem::path& path)
      : out_(path), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize()) {
    if (!context_) fail(ErrorKind::device, "{}: zstd has no memory", path.string());
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  void write(std::string_view bytes) override { push(bytes, ZSTD_e_continue); }
  void finish() override {
    push({}, ZSTD_e_end);
    out_.finish();
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  void push(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
      if (ZSTD_isError(left)) fail(ErrorKind::internal, "zstd: {}", ZSTD_getErrorName(left));
      out_.write({buffer_.data(), out.pos});
    } while (directive == ZSTD_e_end ? left != 0 : in.pos < in.size);
  }
  PlainSink out_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<char> buffer_;
};

class GzipSink final : public ByteSink {
 public:
  explicit GzipSink(const std::filesystem::path& path) : out_(path), buffer_(1 << 16) {
    // 15 + 16: the largest window, with gzip's header.
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      fail(ErrorKind::device, "{}: zlib has no memory", path.string());
    }
  }
  ~GzipSink() override { deflateEnd(&stream_); }
  void write(std::string_view bytes) override {
    constexpr std::size_t kMost = std::size_t{1} << 30;  // zlib counts in 32 bits
    for (; bytes.size() > kMost; bytes.remove_prefix(kMost)) push(bytes.substr(0, kMost), Z_NO_FLUSH);
    push(bytes, Z_NO_FLUSH);
  }
  void finish() override {
    push({}, Z_FINISH);
    out_.finish();
  }

 private:
  void push(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) fail(ErrorKind::internal, "zlib: deflate failed");
      out_.write({buffer_.data(), buffer_.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }
  PlainSink out_;
  z_stream stream_{};
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<ByteSink> open_byte_sink(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".zst") return std::make_unique<ZstdSink>(path);
  if (extension == ".gz") return std::make_unique<GzipSink>(path);
  return std::make_unique<PlainSink>(path);
}

}  // namespace kindred
