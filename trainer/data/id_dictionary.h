// SPDX-License-Identifier: Apache-2.0
// IdDictionary over arrays that lie elsewhere. Rows [0, first_run) ascend, and so do rows [first_run, n): training
// rows, then held-out rows; find() is a binary search in each. Numbers ascend by value, texts by bytes.
#pragma once

#include "trainer/data/dataset.h"

#include <memory>

namespace kindred {

std::unique_ptr<IdDictionary> integer_dictionary(View<const std::int64_t, 1> numbers, std::int64_t first_run);
// offsets [n + 1] into text.
std::unique_ptr<IdDictionary> text_dictionary(View<const std::int64_t, 1> offsets, const char* text,
                                              std::int64_t first_run);

}  // namespace kindred
