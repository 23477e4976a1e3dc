# SPDX-License-Identifier: Apache-2.0
"""The machine that a check ran on, and commands under a limit with their output kept."""

import json
import os
import platform
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Done:
    name: str
    exit: int | None  # None: stopped at its limit
    wall_s: float
    output: str  # stdout and stderr together, as they came

    def json_lines(self) -> list[dict]:
        """The objects that the command printed one a line."""
        records = []
        for line in self.output.splitlines():
            if line.startswith("{"):
                try:
                    records.append(json.loads(line))
                except json.JSONDecodeError:
                    continue  # a line cut off at the limit
        return records

    def summary(self) -> dict:
        return {"exit": self.exit, "wall_s": round(self.wall_s, 2)}

    def tail(self, lines: int = 12) -> str:
        """The last lines that are no results, for a page."""
        said = [line for line in self.output.splitlines() if not line.startswith("{")]
        return "\n".join(line[:240] for line in said[-lines:])


@dataclass
class Commands:
    logs: Path
    deadline: float  # of time.monotonic()
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def run(self, name: str, argv: list[str], limit_s: float) -> Done:
        """Within the limit and the deadline of all; the output goes to logs/NAME.log."""
        limit_s = min(limit_s, self.left())
        log = self.logs / f"{name}.log"
        if limit_s < 1:
            return Done(name, None, 0.0, "not started: no time left\n")
        begin = time.monotonic()
        with log.open("wb") as file:
            file.write((" ".join(argv) + "\n").encode())
            file.flush()
            try:
                process = subprocess.Popen(
                    argv, stdout=file, stderr=subprocess.STDOUT, env=self.environment, start_new_session=True
                )
            except OSError as error:
                return Done(name, 127, 0.0, f"{error}\n")
            try:
                code = process.wait(limit_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # what it has started, too
                process.wait()
                code = None
        return Done(name, code, time.monotonic() - begin, log.read_text(errors="replace"))


def first_line(argv: list[str]) -> str | None:
    if shutil.which(argv[0]) is None:
        return None
    done = subprocess.run(argv, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[-1].strip() if done.returncode == 0 and lines else None


def describe(bundle: Path) -> dict:
    """What figures must be read with: the card, the driver, the libraries, the commit."""
    query = "name,driver_version,memory.total,clocks.sm,clocks.max.sm,temperature.gpu"
    about = {
        "gpu": first_line(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]),
        "nvcc": first_line(["nvcc", "--version"]),
        "kernel": platform.release(),
        "processors": os.cpu_count(),
        "glibc": platform.libc_ver()[1],
        "python": platform.python_version(),
        "time_utc": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    }
    commit = bundle / "COMMIT"
    about["commit"] = commit.read_text().strip() if commit.exists() else None
    return about
