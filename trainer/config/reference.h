// SPDX-License-Identifier: Apache-2.0
// What the configuration is, for people and for editors; both pure functions of the fields(visitor) of the structs.
// configs/README.md and configs/kindred.schema.json are written by them, and CI fails where they are stale.
#pragma once

#include <string>

namespace kindred {

// Markdown: how files and --set options merge, what is an error, and a table of keys for each section.
std::string config_reference();

// JSON schema (draft 2020-12) of one file.
std::string config_schema();

}  // namespace kindred
