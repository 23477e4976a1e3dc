#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy (names and common bugs, .clang-tidy) over the given .cpp files, or over all of them; needs a build folder
# of preset cpu for its compile commands. Not in CI: about 5 seconds a file.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
files=("$@")
[[ ${#files[@]} -gt 0 ]] || mapfile -t files < <(git ls-files '*.cpp')
cmake --preset cpu >/dev/null
printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/cpu
