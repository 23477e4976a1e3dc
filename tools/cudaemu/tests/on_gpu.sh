#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# on_gpu.sh FOLDER [OUTPUT=gpu_results.txt]: runs the test programs of FOLDER against the real CUDA runtime, which
# ldconfig or LD_LIBRARY_PATH must know. What differs there is a wrong expectation of these tests, thus of the emulator.
# Exit code: the number of programs in which something differs.
set -uo pipefail
if [[ $# -lt 1 ]]; then
  sed -n '3,5s/^# //p' "$0" >&2
  exit 99
fi
folder=$1 output=${2:-gpu_results.txt}
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader >"$output" || exit 99
failures=0
for command in opcodes planted_bugs "cub_test 100000" "thrust_test 100000" features_test "features_test printf"; do
  echo "== $command" >>"$output"
  # shellcheck disable=SC2086
  "$folder"/$command >>"$output" 2>&1 || failures=$((failures + 1))
done
cat "$output"
exit "$failures"
