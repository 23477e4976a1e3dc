#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kindred's metrics against ranx on the same lists: metrics_against_ranx.sh METRICS_FOR_PEERS
# Skipped (77) where the peers' Python is absent: KINDRED_PEERS names its folder, else .deps/peers (tools/peers/setup.sh).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${KINDRED_PEERS:-$root/.deps/peers}/bin/python
if [[ ! -x "$python" ]] || ! "$python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("ranx") is None)'; then
  echo "skipped: no ranx in $python (tools/peers/setup.sh makes it)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
"$1" "$folder"
"$python" "$root/tools/peers/check_metrics.py" "$folder/test.run" "$folder/test.qrels" "$folder/evaluation.json" \
  --tolerance 1e-12
