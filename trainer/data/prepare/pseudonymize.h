// SPDX-License-Identifier: Apache-2.0
// Keyed hashes instead of user ids: BLAKE2b (libsodium's crypto_generichash) of the id's text, 128 bits, keyed with the
// bytes of the key file (a line feed at its end does not count), as 32 hexadecimal digits. The same key gives the same
// pseudonyms; without the key they can be neither undone nor tested against a guessed id. The key is never stored:
// fingerprints use a hash of it.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/data/id_table.h"

#include <string>
#include <string_view>
#include <vector>

namespace kindred {

class PseudonymKey {
 public:
  // Throws Error(data) when the file cannot be read or does not hold 16 to 64 bytes.
  explicit PseudonymKey(const std::string& key_file);
  ~PseudonymKey();
  PseudonymKey(const PseudonymKey&) = delete;
  PseudonymKey& operator=(const PseudonymKey&) = delete;

  std::string pseudonym(std::string_view id) const;
  // Tells keys apart without telling the key.
  std::string fingerprint() const;
  // The same codes, with pseudonyms.
  IdTable apply(const IdTable& ids, ThreadPool& pool) const;

 private:
  std::vector<unsigned char> key_;
};

}  // namespace kindred
