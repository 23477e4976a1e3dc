# SPDX-License-Identifier: Apache-2.0
"""Starts `kindred train` and reads what the run left; shared by tune.py and results.py."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Run:
    result: dict  # result.json
    epochs: list[dict]  # "epoch" and "evaluation" events of metrics.jsonl


def train(binary: Path, config: Path, settings: dict[str, object]) -> Run:
    """Raises RuntimeError with the program's message when it fails."""
    command = [str(binary), "train", str(config), "--quiet", "--json"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr.strip()[-2000:]}")
    result = json.loads(done.stdout)
    lines = (Path(result["run"]) / "metrics.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines if line.strip()]
    return Run(result, [event for event in events if event.get("event") in ("epoch", "evaluation")])


def values(result: dict, part: str) -> dict[str, float]:
    """Metric -> value of a part, {} where the run has no such part."""
    return {name: entry["value"] for name, entry in result.get("metrics", {}).get(part, {}).items()}
