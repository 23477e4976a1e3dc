#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Python environment of the examples in .deps/examples (or in the folder given); does only what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/../.deps/examples}
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "setup.sh: python3 cannot make virtual environments; on Debian: apt-get install python3-venv" >&2
  exit 2
fi
[[ -x "$folder/bin/python" ]] || python3 -m venv "$folder"
if ! cmp -s "$here/requirements.txt" "$folder/requirements.txt"; then
  "$folder/bin/pip" install --quiet -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$folder/requirements.txt"
fi
echo "examples: $folder/bin/python"
