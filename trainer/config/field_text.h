// SPDX-License-Identifier: Apache-2.0
// A key's value and range as text: for conditions between keys, messages, the reference page and dumps.
#pragma once

#include "trainer/config/field.h"

#include <string>
#include <string_view>

namespace kindred {

// "256", "0.003", "random", "true", ""; lists and maps as one line of YAML; an absent optional is "".
std::string field_text(const Field& field);

// The value as YAML that reads back as the same value.
std::string field_yaml(const Field& field);

// `text` as a YAML scalar that reads back as this very text.
std::string quoted_yaml(std::string_view text);

// Shortest decimal text that reads back as the same number.
std::string number_text(double value);

// "a whole number from 1 to 8192", "one of a, b", ...
std::string expected_text(const Field& field);

// "1 .. 8192", "> 0"; empty: any.
std::string range_text(const Key& key);

// "whole number", "text", "list of text", ...
std::string type_text(const Field& field);

// "split.protocol: given or random" ...; empty: always used.
std::string conditions_text(const Field& field);
std::string condition_text(const Condition& condition);

}  // namespace kindred
