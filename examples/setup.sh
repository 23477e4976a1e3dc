#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Python environment of the examples in .deps/examples (or in the folder given); does only what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$here/../tools/python_environment.sh" "$here/requirements.txt" "${1:-$here/../.deps/examples}"
