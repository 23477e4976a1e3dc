// SPDX-License-Identifier: Apache-2.0
// What a prepared dataset depends on: contents of the sources, the data and split sections, the format version. Not on
// where files lie, on times of modification, on threads. The key of pseudonymisation enters as a hash of itself.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/events.h"

#include <string>

namespace kindred {

// The sections `data` and `split` as JSON, without paths.
std::string dataset_config_json(const DataConfig& data, const SplitConfig& split, const std::string& key_fingerprint);

struct DatasetSources {
  SourceFingerprint data;
  SourceFingerprint validation;  // of split.validation, when given
  SourceFingerprint test;
};
// Names, sizes and hashes of the files, as JSON.
std::string dataset_sources_json(const DatasetSources& sources);

// 32 hexadecimal digits.
std::string dataset_fingerprint(const DatasetSources& sources, const std::string& config_json);

}  // namespace kindred
