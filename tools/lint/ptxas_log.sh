#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiler launcher of nvcc (cmake/cuda.cmake): keeps what ptxas says of an object's kernels as
# BUILD/ptxas/<object>.log and passes on the rest.
#   ptxas_log.sh BUILD COMMAND...
set -uo pipefail
build=$1
shift
object=unknown
for ((i = 1; i < $#; ++i)); do
  if [[ ${!i} == -o ]]; then
    next=$((i + 1))
    object=${!next}
  fi
done
mkdir -p "$build/ptxas"
log=$build/ptxas/${object//\//+}.log
said=$("$@" 2>&1)
status=$?
grep -E '^ptxas (info|warning)|bytes stack frame' <<<"$said" >"$log"
grep -vE '^ptxas info|bytes stack frame|^$' <<<"$said" >&2
exit "$status"
