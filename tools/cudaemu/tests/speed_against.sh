#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# speed_against.sh BENCH FOLDER_A FOLDER_B [SCALE]: runs the program BENCH (bench.cu) on the libcudart.so.13 of both
# folders, three times in turn, and prints for each kernel the fastest times and how many times faster B is, then the
# geometric mean. Checks are as each library has them by default.
set -euo pipefail
if [[ $# -lt 3 ]]; then
  sed -n '3,5s/^# //p' "$0" >&2
  exit 2
fi
bench=$1 folder_a=$2 folder_b=$3 scale=${4:-1}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for repeat in 1 2 3; do
  LD_LIBRARY_PATH=$folder_a "$bench" "$scale" >"$results/a.$repeat"
  LD_LIBRARY_PATH=$folder_b "$bench" "$scale" >"$results/b.$repeat"
done
awk '
  { side = FILENAME ~ /\/a\.[0-9]+$/ ? "a" : "b"; key = side SUBSEP $1 }
  !(key in best) || $2 < best[key] { best[key] = $2 }
  !($1 in seen) { seen[$1]; order[++count] = $1 }
  END {
    printf "%-10s %12s %12s %8s\n", "kernel", "A ms", "B ms", "B is x"
    for (i = 1; i <= count; ++i) {
      a = best["a" SUBSEP order[i]]; b = best["b" SUBSEP order[i]]
      printf "%-10s %12.3f %12.3f %8.2f\n", order[i], a * 1e3, b * 1e3, a / b
      sum += log(a / b); total_a += a; total_b += b
    }
    printf "%-10s %12.3f %12.3f %8.2f\n", "all", total_a * 1e3, total_b * 1e3, total_a / total_b
    printf "geometric mean of the ratios: %.2f\n", exp(sum / count)
  }' "$results"/a.* "$results"/b.*
