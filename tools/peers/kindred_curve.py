# SPDX-License-Identifier: Apache-2.0
"""Kindred's own descent: `kindred train` on all of a set, with the same objective and settings as the peers.

The program times its iterations alone and writes the exact objective after each (metrics.jsonl).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from als_peers import AlsSettings

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = {"gowalla": "als_gowalla", "ml1m": "als_ml1m"}


def run(
    set_name: str, settings: AlsSettings, form: str, alpha: float, iterations: int, solver: str, binary: Path
) -> tuple[list[float], list[float]]:
    """Elapsed seconds and the objective after each iteration."""
    model = {
        "factors": settings.factors,
        "iterations": iterations,
        "init_stddev": settings.init_stddev,
        "regularization": settings.regularization,
        "solver": solver,
    }
    data = {}
    if form == "implicit":
        model |= {"form": "hu_koren_volinsky", "unobserved_weight": 1.0, "regularization_exponent": 0.0}
        data |= {"data.binarize": "true", "data.confidence.add_one": "true", "data.confidence.alpha": alpha}
    else:
        model |= {"unobserved_weight": settings.unobserved_weight, "regularization_exponent": settings.exponent}
    with tempfile.TemporaryDirectory(prefix="kindred-curve-") as output:
        fixed = {"run.output": output, "data.prepared": ROOT / "prepared", "split.protocol": "none"}
        fixed |= {"run.seed": settings.seed, "threads": settings.threads}
        command = [str(binary), "train", str(ROOT / "configs" / f"{CONFIGS[set_name]}.yaml"), "--quiet", "--json"]
        for key, value in (fixed | data | {f"model.{k}": v for k, v in model.items()}).items():
            command += ["--set", f"{key}={value}"]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": ""}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\nexit {done.returncode}")
        return read_metrics(Path(json.loads(done.stdout)["run"]) / "metrics.jsonl")


def read_metrics(path: Path) -> tuple[list[float], list[float]]:
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    epochs = [line for line in lines if line.get("event") == "epoch"]
    return [e["elapsed_s"] for e in epochs], [e["objective"] for e in epochs]
