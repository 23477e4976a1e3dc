#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom (docs/architecture.md, "The house"), and which files alone may include a library.

Prints each breach as file:line and exits 1. `check_layering.py ROOT` checks another tree (the script's own test).
"""

import pathlib
import re
import subprocess
import sys

# A folder's layer: a file may include headers of lower layers and of its own folder. Folders of one layer do not
# know each other, save for PEERS.
LAYERS = [
    ("kernels/core", 0),
    ("kernels", 1),
    ("trainer/config", 2),
    ("trainer/comm", 2),
    ("trainer/data", 2),
    ("trainer/models", 3),
    ("trainer/eval", 3),
    ("trainer/train", 4),
    ("trainer/export", 4),
    ("trainer/report", 5),
    ("trainer", 2),
    ("tools", 6),
    ("tests", 6),
]

# Includes within a layer that are allowed: (from, to).
PEERS = [
    ("trainer/data", "trainer/config"),
    ("trainer/eval", "trainer/models"),
    ("trainer/train", "trainer/export"),
]

# Angle-bracket includes that have a home: pattern of the include -> patterns of the files that may.
HOMES = [
    (r"yaml-cpp/", [r"trainer/config/[a-z_]+\.cpp"]),
    (r"(arrow|parquet)/", [r"trainer/data/columnar/.*"]),
    (r"(cblas|lapacke|lapack|openblas.*)\.h", [r"kernels/core/single_threaded_blas\.h"]),
    (r"mpi\.h", [r"trainer/comm/mpi\.cpp"]),
    (r"nccl\.h", [r"trainer/comm/nccl\.cpp"]),
    (r"(cuda|cublas|cusparse|cusolver|curand|nvtx3/|cub/|thrust/).*",
     [r"kernels/core/cuda/.*", r"kernels/[a-z_]+/.*_cuda(_sm90a)?\.(cu|cuh|cpp)", r"trainer/comm/nccl\.cpp",
      r"tools/cudaemu/.*"]),
    (r"faiss/", [r"trainer/export/index/[a-z_]+\.cpp"]),
    (r"openssl/", [r"trainer/export/sha256\.cpp"]),
    (r"onnx/", [r"trainer/export/[a-z_]+\.cpp"]),
    (r"CLI/", [r"tools/[a-z_]+\.(cpp|h)"]),
    (r"gtest/|gmock/", [r".*_test\.(cpp|cu)", r"kernels/testing/.*", r"tests/.*", r".*/testing/.*"]),
    (r"nlohmann/json\.hpp", [r".*\.cpp"]),
    (r"sodium\.h", [r"trainer/data/[a-z_/]+\.cpp"]),
    (r"omp\.h", [r"trainer/export/index/faiss_index\.cpp"]),  # faiss's threads
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    """(folder, layer) of a source file, by the longest folder that matches."""
    best = None
    for folder, layer in LAYERS:
        if path.startswith(folder + "/") and (best is None or len(folder) > len(best[0])):
            best = (folder, layer)
    return best


def module_of(path):
    """The folder that counts as one module: kernels/<op>, trainer/<part>, tools, tests."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("kernels", "trainer") and len(parts) > 2 else parts[0]


def check_own(path, included):
    """What is wrong with `path` including Kindred's header `included`, or None."""
    source, target = layer_of(path), layer_of(included)
    if target is None:
        return f'"{included}" belongs to no layer; includes name the path from the repository root'
    if source is None or module_of(path) == module_of(included):
        return None
    if path.endswith("_test.cpp") and target[0] == "tests":
        return None  # what the tests of several rooms share
    if target[1] > source[1]:
        return f'"{included}" stands above {module_of(path)} in the layers'
    if source[1] == 1 and target[1] == 1:
        operation = included.split("/")[1]
        allowed = included in (f"kernels/{operation}/{operation}.h", "kernels/no_cuda.h") or operation == "testing"
        return None if allowed else f'"{included}": another operation is included only through its {operation}.h'
    if source[1] == target[1] and source[1] in (2, 3, 4) and (source[0], target[0]) not in PEERS:
        # Parts of tests may lean on a neighbour to make their input.
        if not path.endswith("_test.cpp"):
            return f'"{included}": {source[0]} and {target[0]} do not know each other'
    return None


def check_system(path, included):
    for pattern, files in HOMES:
        if re.match(pattern, included):
            if not any(re.fullmatch(file, path) for file in files):
                return f"<{included}> may be included only in {' '.join(files) or 'no file'}"
            return None
    return None


def check(root):
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cpp", "*.cu", "*.cuh"],
        cwd=root, check=True, capture_output=True, text=True).stdout.split()
    problems = []
    for path in listing:
        if not (root / path).exists():
            continue
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            own = match[1] == '"' and not re.match(r"(hwy/|yaml-cpp/|arrow/|cblas)", match[2])
            problem = check_own(path, match[2]) if own else check_system(path, match[2])
            if problem:
                problems.append(f"{path}:{number}: {problem}")
    return problems


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(1 if found else 0)
