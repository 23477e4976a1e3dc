#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run's event files, read by TensorBoard itself, against its metrics.jsonl: tensorboard_reads.sh KINDRED
# Skipped (77) where TensorBoard is absent: KINDRED_TENSORBOARD names its Python environment, else .deps/tensorboard:
#   python3 -m venv .deps/tensorboard && .deps/tensorboard/bin/pip install -r tests/followers/requirements.txt
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${KINDRED_TENSORBOARD:-$here/../../.deps/tensorboard}/bin/python
if [[ ! -x "$python" ]] || ! "$python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("tensorboard") is None)'; then
  echo "skipped: no tensorboard in $python (tests/followers/requirements.txt)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
bash "$here/small_run.sh" "$1" --set logging.tensorboard=true
"$python" "$here/tensorboard_reads.py" runs/followed/*
