#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what ptxas said of every kernel (BUILD/ptxas/*.log, tools/lint/ptxas_log.sh) and exits 1 when one has a stack
frame, spills registers, or has more static shared memory than a block may have.

  check_ptxas.py BUILD [--table]     --table also prints registers and shared memory of each kernel
"""

import argparse
import pathlib
import re
import subprocess
import sys

MOST_SHARED_BYTES = 227 << 10

# Kernels that may break a rule: pattern of the demangled name -> why.
ALLOWED = {
    r"(^|[\s(])(void )?(cub|thrust)::": "code of CUB and Thrust, not ours",
    r"kindred::cuda::.*solve_rows<": "constants of a row; more registers would cost a resident block, which costs more",
    r"kindred::cuda::.*solve_short<kindred::cuda::SystemShape<3, 4>": "two resident blocks are 3 % faster than one without",
    r"kindred::cuda::.*solve_short<kindred::cuda::SystemShape<4, 4>": "16 warps have 128 registers each",
}

ENTRY = re.compile(r"Compiling entry function '([^']+)' for '(\w+)'")
FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+) bytes smem")


def kernels_of(log):
    """One dict a kernel and architecture: name, architecture, registers, shared, frame, spills."""
    current = None
    for line in log.read_text(encoding="utf-8").splitlines():
        if match := ENTRY.search(line):
            current = {"name": match[1], "architecture": match[2], "registers": 0, "shared": 0, "frame": 0, "spills": 0}
            yield current
        elif current is None:
            continue
        elif match := FRAME.search(line):
            current["frame"] = int(match[1])
            current["spills"] = int(match[2]) + int(match[3])
        elif match := USED.search(line):
            current["registers"] = int(match[1])
            if shared := SHARED.search(line):
                current["shared"] = int(shared[1])


def demangled(names):
    result = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    return dict(zip(names, result.stdout.splitlines()))


def problems_of(kernel):
    if kernel["spills"]:
        yield f"spills {kernel['spills']} bytes"
    elif kernel["frame"]:
        yield f"has a stack frame of {kernel['frame']} bytes"
    if kernel["shared"] > MOST_SHARED_BYTES:
        yield f"has {kernel['shared']} bytes of shared memory, {MOST_SHARED_BYTES} are the most"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    # Evaluated once for each run of the generator: a list, because the names are needed before the check.
    kernels = [dict(kernel, log=log.name) for log in sorted(options.build.glob("ptxas/*.log"))
               for kernel in list(kernels_of(log))]
    if not kernels:
        sys.exit(f"{options.build}/ptxas: no kernel; build with --preset cuda first")
    names = demangled([kernel["name"] for kernel in kernels])
    failed = 0
    for kernel in kernels:
        name = names[kernel["name"]]
        if options.table:
            print(f"{kernel['architecture']:7} {kernel['registers']:4} registers {kernel['shared']:7} bytes shared  {name}")
        allowed = any(re.search(pattern, name) for pattern in ALLOWED)
        for problem in problems_of(kernel):
            failed += 0 if allowed else 1
            if not allowed:
                print(f"{kernel['log'].removesuffix('.log')}: {kernel['architecture']}: {name} {problem}", file=sys.stderr)
    print(f"ptxas: {len(kernels)} kernels, {failed} problems")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
