// SPDX-License-Identifier: Apache-2.0
// SHA-256 of bytes that come in pieces, by OpenSSL's libcrypto (with the processor's instructions for it: 1 GB/s and
// more). Hexadecimal, lower case, as `sha256sum` prints it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace kindred {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  std::string hex();  // ends the sum: once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace kindred
