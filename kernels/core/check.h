// SPDX-License-Identifier: Apache-2.0
// Errors. Three kinds of failure, three spellings:
//   fail(ErrorKind, fmt, ...) and KINDRED_CHECK   the user's input or a caller's argument is wrong: throws Error
//   KINDRED_ASSERT                                our own bug: prints the place and aborts
//   KINDRED_CUDA_TRY ...                          a library call failed (kernels/core/cuda)
// Nothing in Kindred calls exit(); tools/kindred.cpp catches once and maps the kind to the exit code.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace kindred {

// The number is the process's exit code; the table stands in docs/architecture.md and `kindred --help`.
enum class ErrorKind : int {
  internal = 1,    // our bug
  usage = 2,       // command line or configuration
  data = 3,        // what was read is wrong or missing
  device = 4,      // device, memory or communication
  divergence = 5,  // NaN, or an objective that explodes
  preempted = 75,  // stopped by a signal, state saved: run the same command again
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace kindred

// A caller's argument is wrong: KINDRED_CHECK(x.size(1) == k, "[als_half_step] x has {} columns, expected {}", ...)
#define KINDRED_CHECK(condition, ...)                                               \
  do {                                                                              \
    if (!(condition)) ::kindred::fail(::kindred::ErrorKind::internal, __VA_ARGS__); \
  } while (false)

#ifdef NDEBUG
#define KINDRED_ASSERT(condition) ((void)0)
#else
#define KINDRED_ASSERT(condition) ((condition) ? (void)0 : ::kindred::assertion_failed(#condition, __FILE__, __LINE__))
#endif
