# SPDX-License-Identifier: Apache-2.0
"""Seconds per ALS iteration (users, then items) of irspack, implicit and, when its command is given, Kindred.

Each program warms up once and is then timed in turn, so that a disturbance meets all of them; medians are reported.
Kindred's command is run with {set}, {factors} and {threads} filled in and prints one JSON object a line on stdout;
the seconds are taken from --kindred-key of each line that has it (dots reach into objects), the median where several.

    python als_iteration.py --sets ml1m --factors 64 128 --solvers irspack-cholesky implicit-cholesky \\
        --export /tmp/als --kindred 'build/cpu/bench/als_bench --data /tmp/als/{set}.txt --factors {factors} \\
            --threads {threads} --solver auto --iterations 3 --json'
"""

import argparse
import itertools
import json
import os
import shlex
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit asks for it; irspack does not use it

import als_peers  # noqa: E402
import datasets  # noqa: E402
from clocks import make_clock  # noqa: E402

SOLVERS = ["irspack-cholesky", "irspack-cg", "implicit-cholesky", "implicit-cg"]


def timed_step(peer: als_peers.Irspack | als_peers.Implicit, clock: Callable[[], float]) -> float:
    begin = clock()
    peer.step()
    return clock() - begin


def export(set_name: str, folder: Path, to: Path) -> None:
    """The very matrix that the peers get, as "user item item ..." lines."""
    matrix = datasets.training_matrix(set_name, folder)
    to.mkdir(parents=True, exist_ok=True)
    with (to / f"{set_name}.txt").open("w") as file:
        for user, (begin, end) in enumerate(itertools.pairwise(matrix.indptr)):
            print(user, *matrix.indices[begin:end], file=file)


def find_key(record: object, key: str) -> float | None:
    for part in key.split("."):
        if not isinstance(record, dict) or part not in record:
            return None
        record = record[part]
    return float(record)


def kindred_seconds(command: str, key: str, set_name: str, factors: int, threads: int) -> float:
    filled = command.replace("{set}", set_name).replace("{factors}", str(factors)).replace("{threads}", str(threads))
    done = subprocess.run(shlex.split(filled), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{filled}\nexit {done.returncode}\n{done.stderr}")
    records = [json.loads(line) for line in done.stdout.splitlines() if line.lstrip().startswith("{")]
    found = [value for value in (find_key(record, key) for record in records) if value is not None]
    if not found:
        raise SystemExit(f"{filled}\nno JSON line of its output has the key {key!r}")
    return statistics.median(found)


def measure(set_name: str, factors: int, args: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    matrix = datasets.training_matrix(set_name, folder)
    settings = als_peers.AlsSettings(factors, args.a0, args.regularization, args.exponent, threads=args.threads)
    confidence = matrix.copy()
    confidence.data[:] = 1.0 + 1.0 / args.a0  # the same weights, scaled to an unobserved weight of 1
    clock = make_clock(args.clock, args.threads)
    peers = {}
    for name in args.solvers:
        peers[name] = als_peers.make(name, confidence if name.startswith("implicit") else matrix, settings)
        peers[name].step()
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(args.repeats):
        for name, peer in peers.items():
            seconds[name].append(timed_step(peer, clock))
        if args.kindred:
            value = kindred_seconds(args.kindred, args.kindred_key, set_name, factors, args.threads)
            seconds.setdefault("kindred", []).append(value)
    return seconds


def print_rows(set_name: str, factors: int, seconds: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        ratio = f"{median / medians['kindred']:8.2f}x" if "kindred" in medians else "       -"
        low, high = min(seconds[name]), max(seconds[name])
        print(f"{set_name:8} {factors:5} {name:18} {median:9.4f} {low:9.4f} {high:9.4f} {ratio}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["gowalla", "ml1m"])
    parser.add_argument("--factors", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--solvers", nargs="*", default=SOLVERS)
    parser.add_argument("--a0", type=float, default=0.1)
    parser.add_argument("--regularization", type=float, default=0.003)
    parser.add_argument("--exponent", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="of the peers; see clocks.py")
    parser.add_argument("--export", type=Path, metavar="DIR", help="write DIR/SET.txt before measuring")
    parser.add_argument("--kindred", help="command with {set} {factors} {threads}")
    parser.add_argument("--kindred-key", default="iteration_s")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    folder = datasets.data_folder()
    results = []
    print(f"{'set':8} {'K':>5} {'solver':18} {'median s':>9} {'lowest':>9} {'highest':>9}  / kindred")
    for set_name in args.sets:
        if args.export:
            export(set_name, folder, args.export)
        for factors in args.factors:
            seconds = measure(set_name, factors, args, folder)
            results.append({"set": set_name, "factors": factors, "seconds": seconds})
            print_rows(set_name, factors, seconds)
    if args.output:
        args.output.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
