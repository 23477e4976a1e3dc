#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage_test.py CUDAEMU PROGRAM SOURCE: `CUDAEMU run --stat PROGRAM` must name the kernels that ran, and as lines of
SOURCE that nothing executed exactly those marked "// nothing executes this"."""

import pathlib
import re
import subprocess
import sys


def lines_of(ranges):
    """{1, 3, 4, 5} of "1, 3-5"."""
    lines = set()
    for part in ranges.split(","):
        first, _, last = part.strip().partition("-")
        lines.update(range(int(first), int(last or first) + 1))
    return lines


def main():
    command, program, source = sys.argv[1:]
    output = subprocess.run([command, "run", "--stat", program], capture_output=True, text=True, timeout=100,
                            check=True).stdout
    print(output)
    source = pathlib.Path(source)
    text = source.read_text(encoding="utf-8").splitlines()
    wanted = {number for number, line in enumerate(text, 1) if line.endswith("// nothing executes this")}
    found = set()
    for match in re.finditer(rf"^.*\b{re.escape(source.name)}: ([0-9, -]+)$", output, re.MULTILINE):
        found |= lines_of(match[1])
    problems = [f"line {line} is not named" for line in sorted(wanted - found)]
    problems += [f"line {line} is named, but it was executed" for line in sorted(found - wanted)]
    kernels = re.findall(r"^ *[\d,]+ +\d+ +(\S+)", output, re.MULTILINE)
    problems += [f"kernel {name} is not named" for name in ("tiles", "relay", "calls")
                 if not any(kernel.split("::")[-1].startswith(name) for kernel in kernels)]
    print("\n".join(problems))
    sys.exit(1 if problems or not wanted else 0)


if __name__ == "__main__":
    main()
