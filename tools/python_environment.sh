#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a Python environment of the versions that a list pins; does only what is missing.
#   tools/python_environment.sh REQUIREMENTS FOLDER
set -euo pipefail
requirements=${1:?a list of requirements}
folder=${2:?the folder of the environment}
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "python_environment.sh: python3 cannot make virtual environments; on Debian: apt-get install python3-venv" >&2
  exit 2
fi
[[ -x "$folder/bin/python" ]] || python3 -m venv "$folder"
if ! cmp -s "$requirements" "$folder/requirements.txt"; then
  "$folder/bin/pip" install --quiet -r "$requirements"
  cp "$requirements" "$folder/requirements.txt"
fi
echo "$folder/bin/python"
