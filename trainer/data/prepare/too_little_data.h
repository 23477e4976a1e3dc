// SPDX-License-Identifier: Apache-2.0
// Prepared data of which nothing, or next to nothing, can be learned or measured: one user, one item, users of a single
// event, an empty part. Such data train without a fault, so that somebody has to say it.
#pragma once

#include "trainer/data/prepare/prepare_report.h"

#include <string>
#include <vector>

namespace kindred {

// A line for each finding, with the numbers and what to do; nothing for data that are rich enough.
std::vector<std::string> too_little_data(const PrepareReport& report);

}  // namespace kindred
