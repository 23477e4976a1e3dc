#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, and runs every test.
#   tools/test.sh [CTEST ARGUMENT...]       for example: tools/test.sh -R als
# KINDRED_PRESET: cpu (default), cpu-asan, cpu-tsan. KINDRED_DATA: the folder of the data sets; tests that need one
# which is absent are skipped and say so. Last line: "N passed, N failed, N skipped".
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$tools/setup.sh" build test
exec "$tools/build_and_test.sh" "${KINDRED_PRESET:-cpu}" "$@"
