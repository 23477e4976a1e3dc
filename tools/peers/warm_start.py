#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a warm start is worth: yesterday's run has all but a share of Gowalla's training events, today's all of them.

    KINDRED_DATA=... .deps/peers/bin/python tools/peers/warm_start.py --kindred build/cpu/bin/kindred

Compares, on the same test users: a full training today; a warm start from yesterday's run with one iteration, in recall@20
and seconds of training; and yesterday's vectors of users with today's items, as a server has them until it has loaded the
new vectors of users.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from prepared import Prepared
from ranking import evaluate

HERE = Path(__file__).resolve().parent


def split_lists(source: Path, base: Path, new: Path, share: float, seed: int) -> int:
    """Moves a random share of the events to `new`; a user keeps at least one."""
    numbers = random.Random(seed)
    text = subprocess.run(["zstd", "-dcq", str(source)], capture_output=True, check=True, text=True).stdout
    moved = 0
    with open(base, "w") as base_file, open(new, "w") as new_file:
        for line in text.splitlines():
            user, *items = line.split()
            gone = {i for i in range(1, len(items)) if numbers.random() < share}
            moved += len(gone)
            base_file.write(" ".join([user] + [item for i, item in enumerate(items) if i not in gone]) + "\n")
            if gone:
                new_file.write(" ".join([user] + [items[i] for i in sorted(gone)]) + "\n")
    return moved


def train(options: argparse.Namespace, work: Path, name: str, *words: str) -> dict:
    command = [str(options.kindred), "train", str(options.config), "--quiet", "--json", "--resume", "never",
               "--set", f"run.output={work}/runs", "--set", f"run.name={name}", "--set", f"data.prepared={work}/prepared",
               "--set", "evaluation.baselines=[]", "--set", "evaluation.bootstrap_samples=0",
               "--set", "evaluation.breakdown=false", *words]
    for override in options.set:
        command += ["--set", override]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def factors(run: dict) -> tuple[np.ndarray, np.ndarray]:
    folder = Path(run["run"]) / "checkpoints/final"
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    shapes = {entry["name"]: entry["shape"] for entry in manifest["parameters"]}
    return tuple(np.fromfile(folder / f"{name}.bin", "<f4").reshape(shapes[name]) for name in ("user_factors", "item_factors"))


def placed(vectors: np.ndarray, ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Rows of `vectors` in the order of `wanted`; an id that is not there has a vector of zeros."""
    at = {int(i): row for row, i in enumerate(ids[: len(vectors)])}
    rows = np.array([at.get(int(i), -1) for i in wanted])
    result = vectors[rows]
    result[rows < 0] = 0.0
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kindred", type=Path, default=HERE.parent.parent / "build/cpu/bin/kindred")
    parser.add_argument("--config", type=Path, default=HERE.parent.parent / "configs/als_gowalla.yaml")
    parser.add_argument("--share", type=float, default=0.05, help="of the training events that are new today")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    source = Path(os.environ["KINDRED_DATA"]) / "gowalla-lightgcn/train.txt.zst"

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        base, new = work / "base.txt", work / "new.txt"
        moved = split_lists(source, base, new, options.share, options.seed)
        both = f"data.path=[{base}, {new}]"
        yesterday = train(options, work, "yesterday", "--set", f"data.path={base}")
        full = train(options, work, "full", "--set", both)
        warm = train(options, work, "warm", "--set", both, "--set", "model.iterations=1", "--warm-start", yesterday["run"])

        def line(name: str, run: dict) -> str:
            recall, seconds = run["metrics"]["test"]["recall@20"]["value"], run["timing_s"]["train"]
            return f"{name:<34} recall@20 {recall:.5f}   {seconds:7.2f} s of training"

        print(f"{moved} new events of {moved + yesterday['data']['interactions']}")
        print(line("yesterday's run", yesterday))
        print(line("full training today", full))
        print(line("warm start today, 1 iteration", warm))
        ratio = warm["metrics"]["test"]["recall@20"]["value"] / full["metrics"]["test"]["recall@20"]["value"]
        print(f"warm / full: recall {ratio:.4f}, time {warm['timing_s']['train'] / full['timing_s']['train']:.3f}")
        print(json.dumps(warm["warm_start"]))

        before, now = Prepared(Path(yesterday["data"]["prepared"])), Prepared(Path(warm["data"]["prepared"]))
        test = now.part("test")
        old_users, old_items = factors(yesterday)
        users_now, items_now = now.array("users.numbers"), now.array("items.numbers")
        users = placed(old_users, before.array("users.numbers"), users_now)[test.users]
        values = {}
        for name, items in {
            "yesterday's items": placed(old_items, before.array("items.numbers"), items_now),
            "today's items, warm start": factors(warm)[1],
            "today's items, full training": factors(full)[1],
        }.items():
            values[name] = evaluate(lambda rows, y=items: users[rows] @ y.T, test, ["recall@20"])["recall@20"]
            print(f"yesterday's users x {name:<29} recall@20 {values[name]:.5f}")
        kept = values["today's items, warm start"] / values["yesterday's items"]
        print(f"kept: {kept:.4f}")


if __name__ == "__main__":
    main()
