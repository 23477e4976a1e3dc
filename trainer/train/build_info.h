// SPDX-License-Identifier: Apache-2.0
// What the build system knows of this binary (build_info.cpp.in).
#pragma once

namespace kindred {

extern const char* const kBuildCommit;    // git commit, with "-dirty" where the tree was changed; "unknown" outside git
extern const char* const kBuildType;      // Release, RelWithDebInfo
extern const char* const kBuildCompiler;  // GNU 12.2.0

}  // namespace kindred
