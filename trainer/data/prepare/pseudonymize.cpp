// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/pseudonymize.h"

#include "kernels/core/check.h"

#include <sodium.h>

#include <array>
#include <fstream>
#include <iterator>

namespace kindred {

namespace {

constexpr std::size_t kPseudonymBytes = 16;
constexpr std::size_t kFingerprintBytes = 32;  // another length than a pseudonym's: another function of the key

template <std::size_t kBytes>
std::string keyed_hash(std::string_view text, const std::vector<unsigned char>& key) {
  std::array<unsigned char, kBytes> hash;
  crypto_generichash(hash.data(), kBytes, reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(),
                     key.size());
  std::array<char, 2 * kBytes + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), kBytes);
  return std::string(hex.data());
}

}  // namespace

PseudonymKey::PseudonymKey(const std::string& key_file) {
  if (sodium_init() < 0) fail(ErrorKind::internal, "[pseudonymize] libsodium cannot be initialised");
  std::ifstream file(key_file, std::ios::binary);
  if (!file) fail(ErrorKind::data, "data.pseudonymize.key_file: {}: cannot be opened", key_file);
  key_.reserve(crypto_generichash_KEYBYTES_MAX + 3);  // no copies of the key are left behind by growing
  for (char byte; key_.size() < crypto_generichash_KEYBYTES_MAX + 3 && file.get(byte);) {
    key_.push_back(static_cast<unsigned char>(byte));
  }
  if (!key_.empty() && key_.back() == '\n') key_.pop_back();
  if (!key_.empty() && key_.back() == '\r') key_.pop_back();
  if (key_.size() < crypto_generichash_KEYBYTES_MIN || key_.size() > crypto_generichash_KEYBYTES_MAX) {
    const bool too_long = key_.size() > crypto_generichash_KEYBYTES_MAX;
    fail(ErrorKind::data,
         "data.pseudonymize.key_file: {}: a key of {} bytes; expected 16 to 64 (openssl rand -hex 32 makes one)",
         key_file, too_long ? "more than 64" : std::to_string(key_.size()));
  }
}

PseudonymKey::~PseudonymKey() { sodium_memzero(key_.data(), key_.size()); }

std::string PseudonymKey::pseudonym(std::string_view id) const { return keyed_hash<kPseudonymBytes>(id, key_); }

std::string PseudonymKey::fingerprint() const {
  return keyed_hash<kFingerprintBytes>("kindred: fingerprint of a pseudonymisation key", key_);
}

IdTable PseudonymKey::apply(const IdTable& ids, ThreadPool& pool) const {
  constexpr std::int64_t kAtOnce = std::int64_t{1} << 16;
  IdTable pseudonyms;
  std::vector<std::string> hashed;
  for (std::int64_t first = 0; first < ids.size(); first += 16 * kAtOnce) {
    const std::int64_t count = std::min<std::int64_t>(16 * kAtOnce, ids.size() - first);
    hashed.resize(static_cast<std::size_t>(count));
    parallel_for(pool, count, kAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) {
        hashed[static_cast<std::size_t>(i)] = pseudonym(ids.text(static_cast<std::int32_t>(first + i)));
      }
    });
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int32_t code = pseudonyms.insert(hashed[static_cast<std::size_t>(i)]);
      if (code != first + i)
        fail(ErrorKind::data, "data.pseudonymize: two users have the same pseudonym; use another key");
    }
  }
  return pseudonyms;
}

}  // namespace kindred
