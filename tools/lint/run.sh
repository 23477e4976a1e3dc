#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formatting, layering, the #if scan and the other source rules. Seconds; no build needed.
#   tools/lint/run.sh          reports
#   tools/lint/run.sh --fix    formats the sources in place, then reports
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh')

if [[ "${1:-}" == --fix ]]; then
  clang-format -i "${sources[@]}"
fi

status=0
clang-format --dry-run --Werror "${sources[@]}" || status=1
[[ $status -eq 0 ]] || echo "lint: formatting differs; tools/lint/run.sh --fix rewrites it" >&2
python3 tools/lint/check_layering.py || status=1
python3 tools/lint/check_sources.py || status=1
[[ $status -ne 0 ]] || echo "lint: ${#sources[@]} sources are clean"
exit $status
