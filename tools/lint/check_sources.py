#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of CONTRIBUTING.md that a line can break: prints each breach as file:line and exits 1.

No #if that names CUDA, NCCL or MPI outside kernels/core (what is not built is another source file); no raw <<<>>>
outside the one launcher; the SPDX line first; length limits; no collecting file names; no unfinished business; no
paths of somebody's machine.
"""

import pathlib
import re
import subprocess
import sys

MAX_LINES = 600
MAX_TEST_LINES = 800
SOURCE = (".h", ".cpp", ".cu", ".cuh")
WITH_LICENCE = SOURCE + (".py", ".sh", ".cmake", "CMakeLists.txt", ".ci/run")
TEXT = WITH_LICENCE + (".md", ".yaml", ".json", ".txt", ".yml")

BACK_END_IF = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b.*(CUDA|NCCL|MPI)")
RAW_LAUNCH = re.compile(r"<<<")
COLLECTING_NAME = re.compile(r"(^|/)(utils?|common|helpers?|misc)\.(h|cpp|cu|cuh|py)$")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}{])/(work|root|home)/\w")
OPENMP = re.compile(r"^\s*#\s*pragma\s+omp\b")


def problems_of_line(path, line):
    if path.endswith(SOURCE):
        if BACK_END_IF.match(line) and not path.startswith("kernels/core/") and not path.startswith("tools/cudaemu/"):
            yield "#if that names a back end; choose a source file in CMake instead"
        code = line.split("//")[0]
        if RAW_LAUNCH.search(code) and not path.startswith(("kernels/core/cuda/launch", "tools/cudaemu/tests/")):
            yield "raw <<<>>>; use launch()"
        if OPENMP.match(line):
            yield "OpenMP; use parallel_for (kernels/core/parallel.h)"
    if not path.startswith("tools/lint/"):
        if UNFINISHED.search(line):
            yield "unfinished business; do it or write an issue"
        if MACHINE_PATH.search(line):
            yield "path of somebody's machine"
        if re.match(r"^(<<<<<<< |>>>>>>> )", line):
            yield "merge conflict marker"


def check(root):
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                             capture_output=True, text=True).stdout.splitlines()
    problems = []
    for path in listing:
        if not path.endswith(TEXT) or not (root / path).is_file():
            continue
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if path.endswith(WITH_LICENCE) and not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:2]):
            problems.append(f"{path}:1: the first line must be SPDX-License-Identifier: Apache-2.0")
        if COLLECTING_NAME.search(path):
            problems.append(f"{path}:1: name the concept; no utils, common or helpers")
        limit = MAX_TEST_LINES if "_test." in path else MAX_LINES
        if path.endswith(SOURCE + (".py", ".sh")) and len(lines) > limit:
            problems.append(f"{path}:{limit}: {len(lines)} lines; the limit is {limit}")
        # Highway includes its *-inl.h once for each instruction set.
        if path.endswith(".h") and not path.endswith("-inl.h") and "#pragma once" not in lines:
            problems.append(f"{path}:1: #pragma once is missing")
        for number, line in enumerate(lines, 1):
            problems.extend(f"{path}:{number}: {problem}" for problem in problems_of_line(path, line))
    return problems


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(1 if found else 0)
