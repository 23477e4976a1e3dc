#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""expect_output.py EXIT_CODE FILE COMMAND...: the command must end with that code, and its output must contain, in this
order, what each line of FILE matches (regular expressions; lines with # are comments)."""

import pathlib
import re
import subprocess
import sys


def main():
    code, file, *command = sys.argv[1:]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)
    output = run.stdout + run.stderr
    print(output)
    problems = [] if run.returncode == int(code) else [f"exit code {run.returncode}, expected {code}"]
    at = 0
    for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        match = re.compile(line, re.MULTILINE).search(output, at)
        if not match:
            problems.append(f"not in the output, or not in this order: {line}")
            break
        at = match.end()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
