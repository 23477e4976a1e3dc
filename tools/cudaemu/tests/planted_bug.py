#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""planted_bug.py PROGRAM FOLDER NAME: runs `PROGRAM NAME` on the emulator and demands the report that is marked.

A mark in a .cu or .cuh file of FOLDER: "// BUG NAME [host] [deferred]: kind | kind". It stands on the line that the
report must name, or on a line of its own before that line; several lines may bear one name, one of them is enough.
host: the defect is a call, no line is demanded. deferred: only with CUDAEMU_STREAMS=deferred. Kinds are those of the
emulator's reports; "wrong result" is what PROGRAM itself prints. The defect must be seen in two different schedules.
"""

import os
import pathlib
import re
import subprocess
import sys

MARK = re.compile(r"// BUG (\w+)((?: host| deferred)*): ([a-z |]+)$")
REPORT = re.compile(r"^cudaemu: error: ([a-z _-]+):", re.MULTILINE)
SCHEDULES = [{"CUDAEMU_ORDER": "fwd", "CUDAEMU_STREAMS": "sync"}, {"CUDAEMU_ORDER": "rand:7", "CUDAEMU_STREAMS": "deferred"}]
TIMEOUT_S = 60


def marks(folder, name):
    """(places "file:line", flags, kinds) of all marks of `name`."""
    places, flags, kinds = [], set(), set()
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix not in (".cu", ".cuh"):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            match = MARK.search(line)
            if not match or match[1] != name:
                continue
            flags.update(match[2].split())
            kinds.update(kind.strip() for kind in match[3].split("|"))
            target = number
            while lines[target - 1].lstrip().startswith("//"):
                target += 1
            places.append(f"{path.name}:{target}")
    return places, flags, kinds


def problem_of(program, name, schedule, places, flags, kinds):
    """"" when the run in this schedule shows the defect as marked, else what is missing."""
    try:
        run = subprocess.run([program, name], env={**os.environ, **schedule}, capture_output=True, text=True,
                             errors="replace", timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {TIMEOUT_S} s"
    print(f"-- {schedule}: exit code {run.returncode}\n{run.stdout}{run.stderr}")
    if run.returncode == 0:
        return "missed: exit code 0"
    seen = {kind.replace("_", " ").replace("-", " ") for kind in REPORT.findall(run.stderr)}
    if "wrong result" in run.stdout:
        seen.add("wrong result")
    if not seen & kinds:
        return f"kind: {' and '.join(sorted(seen)) or 'no report'}"
    if "host" not in flags and not any(re.search(rf"\b{re.escape(place)}\b", run.stderr) for place in places):
        return "line: none of those marked is named"
    return ""


def main():
    program, folder, name = sys.argv[1:]
    places, flags, kinds = marks(folder, name)
    if not places:
        sys.exit(f"no mark of {name} in {folder}")
    schedules = SCHEDULES[1:] if "deferred" in flags else SCHEDULES
    wanted = f"wanted: {' | '.join(sorted(kinds))}" + ("" if "host" in flags else f" at {' or '.join(places)}")
    problems = [problem for schedule in schedules if (problem := problem_of(program, name, schedule, places, flags, kinds))]
    for problem in problems:
        print(f"{name}: {problem}; {wanted}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
