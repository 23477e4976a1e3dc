#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run's Prometheus file, judged by promtool (Debian package prometheus): promtool_reads.sh KINDRED
# Skipped (77) where promtool is absent.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! command -v promtool > /dev/null; then
  echo "skipped: no promtool (apt-get install prometheus)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
mkdir textfiles
bash "$here/small_run.sh" "$1" --set logging.prometheus=textfiles/kindred.prom
promtool check metrics < textfiles/kindred.prom
grep -q '^kindred_run_status{run="followed",status="completed"} 1$' textfiles/kindred.prom
grep -q '^kindred_run_epochs{run="followed"} 6$' textfiles/kindred.prom
[[ $(ls textfiles) == kindred.prom ]]  # nothing is left beside it
# promtool must be able to refuse, or its silence says nothing.
if echo 'kindred_run{run="a"b"} 1' | promtool check metrics 2> /dev/null; then
  echo "promtool accepts what is not its format"
  exit 1
fi
echo "promtool has no complaint: $(grep -vc '^#' textfiles/kindred.prom) samples"
