#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills `kindred train` with SIGKILL at random moments, runs the same command again until it is done, and compares the
trained model, bit by bit, with that of a run that nobody killed; so the export, where the configuration asks for one.

    tests/kill_and_resume.py build/cpu/bin/kindred                   # 100 kills
    tests/kill_and_resume.py build/cpu/bin/kindred --kills 10 --seed 7
"""
import argparse
import collections
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

CONFIG = """
run: {name: killed, seed: 5, output: %s}
data: {path: events.csv, columns: {user: user, item: item}, prepared: prepared}
split: {protocol: random, validation_ratio: 0.1, test_ratio: 0.1}
model: {type: als, factors: 128, iterations: 16, regularization: 0.02}
evaluation: {metrics: [recall@10], bootstrap_samples: 50, every: 4}
early_stopping: {metric: recall@10, patience: 20}
checkpoint: {every_iterations: 1, keep_last: 2, keep_best: 1}
export: {at_end: true}
threads: 2
"""


def write_events(path, seed, users=1500, items=800, each=20):
    numbers = random.Random(seed)
    with open(path, "w", encoding="ascii") as out:
        out.write("user,item\n")
        for user in range(users):
            taste = user % 8
            for _ in range(each):
                item = (taste * 100 + int(numbers.expovariate(0.03))) % items
                out.write(f"u{user},i{item}\n")


def contents(run):
    """Hash of every file that must be the same: the trained model (but for what was timed) and the export."""
    found = {}
    for folder in ("checkpoints/final", "export"):
        for file in sorted((run / folder).rglob("*")):
            timed = file.name in ("MANIFEST.json", "metrics.jsonl", "manifest.json", "SHA256SUMS")
            if file.is_file() and not timed:
                found[str(file.relative_to(run))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def epochs_logged(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["epoch"] for line in lines if line["event"] == "epoch"]


def only_run(folder):
    runs = [path.parent for path in folder.glob("killed/*/config.yaml")]
    if len(runs) != 1:
        sys.exit(f"{folder}: {len(runs)} run folders, expected 1: the same command did not go on with its run")
    return runs[0]


COMPLETED = "reporting"  # the run is complete, only its page may be missing: the same command would begin another run


def where_it_was(folder):
    """What the killed process was about, by what it left."""
    runs = list(folder.glob("killed/*/config.yaml"))
    if not runs:
        return "before the run folder"
    run = runs[0].parent
    if (run / "result.json").exists():
        return COMPLETED
    if list(run.glob("export*.tmp-*")):
        return "exporting"
    if list(run.glob("checkpoints/*.tmp-*")):
        return "checkpointing"
    if (run / "checkpoints/final").exists():
        return "evaluating"
    return "training" if list(run.glob("checkpoints/step-*")) else "before the first checkpoint"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for the configuration")
    options = parser.parse_args()
    program = options.program.resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix="kindred_kill_"))
    numbers = random.Random(options.seed)
    overrides = [word for value in options.set for word in ("--set", value)]

    def command(output):
        config = work / f"{output}.yaml"
        config.write_text(CONFIG % output)
        return [str(program), "train", config.name, "--quiet", *overrides]

    def fails(message, err=b""):
        sys.exit(f"{message}\n{err.decode()}\nleft in {work}")

    write_events(work / "events.csv", options.seed)
    for attempt in ("reference", "timed"):  # the second finds the prepared data, as those that are killed do
        began = time.monotonic()
        done = subprocess.run(command(attempt), cwd=work, capture_output=True, check=False)
        seconds = time.monotonic() - began
        if done.returncode != 0:
            fails(f"{attempt}: exit code {done.returncode}", done.stderr)
    expected = contents(only_run(work / "reference"))
    expected_epochs = epochs_logged(only_run(work / "reference"))
    if contents(only_run(work / "timed")) != expected:
        fails("two runs that nobody killed differ")

    places = collections.Counter()
    runs = 0
    killed = 0
    while killed < options.kills:
        output = f"run{runs}"
        runs += 1
        while True:
            process = subprocess.Popen(command(output), cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            # What comes after the training is killed about once a run.
            trained = list((work / output).glob("killed/*/checkpoints/final"))
            if killed < options.kills and not (trained and numbers.random() < 0.5):
                try:
                    process.wait(numbers.uniform(0.0, seconds))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    killed += 1
                    place = where_it_was(work / output)
                    places[place] += 1
                    if place == COMPLETED:
                        break
                    continue
            err = process.communicate()[1]
            if process.returncode != 0:
                fails(f"{output}: exit code {process.returncode}", err)
            break
        run = only_run(work / output)
        if contents(run) != expected:
            fails(f"{run}: differs from the run that nobody killed")
        if epochs_logged(run) != expected_epochs:
            fails(f"{run}: metrics.jsonl has the epochs {epochs_logged(run)}, expected {expected_epochs}")
        if json.loads((run / "result.json").read_text())["status"] != "completed":
            fails(f"{run}: not completed")
        shutil.rmtree(work / output)
    shutil.rmtree(work)
    where = ", ".join(f"{count} {place}" for place, count in places.most_common())
    print(f"{killed} kills ({where}) in {runs} runs of {seconds:.2f} s: {len(expected)} files bit-identical each time")


if __name__ == "__main__":
    main()
