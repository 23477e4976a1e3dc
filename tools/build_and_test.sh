#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures, builds and tests one preset; everything that it needs is installed already (tools/setup.sh build test).
#   tools/build_and_test.sh [PRESET] [CTEST ARGUMENT...]       default preset: cpu
# KINDRED_TARGETS: what to build, where that is not everything. Results: build/<preset>/junit.xml; last line "N passed,
# N failed, N skipped". Exit code: not 0 when the build or a test failed, or when no test ran.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
preset=${1:-cpu}
shift || true
jobs=${KINDRED_JOBS:-$(nproc)}
results=build/$preset/junit.xml
rm -f "$results"

# Compiled files are shared between checkouts: paths below the checkout count as relative.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

echo "== build, preset $preset"
cmake --preset "$preset" -DKINDRED_TESTS=ON >/dev/null
read -ra targets <<<"${KINDRED_TARGETS:-all}"
cmake --build --preset "$preset" -j "$jobs" --target "${targets[@]}" -- --quiet

echo "== test, preset $preset"
log=build/$preset/ctest.log
status=0
ctest --preset "$preset" -j "$jobs" --quiet --output-log "$log" --output-junit junit.xml "$@" || status=$?
# Everything but the tests that passed: output of failures, what was skipped, the summary.
grep -Ev '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )|^$|^Test project' "$log" || true
counts=$(python3 tools/count_tests.py "$results") || status=1
echo "$counts"
exit "$status"
