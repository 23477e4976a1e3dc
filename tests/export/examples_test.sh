#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An export against independent readers and the programs of examples/: examples_test.sh KINDRED
# Skipped (77) where their Python is absent: KINDRED_EXAMPLES names its folder, else .deps/examples (examples/setup.sh).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${KINDRED_EXAMPLES:-$root/.deps/examples}/bin/python
if [[ ! -x "$python" ]] ||
  ! "$python" -c 'import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in ("faiss", "lancedb", "duckdb")))'; then
  echo "skipped: no faiss, lancedb and duckdb in $python (examples/setup.sh makes it)"
  exit 77
fi
exec "$python" "$root/tests/export/examples_test.py" "$1"
