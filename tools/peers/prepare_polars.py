# SPDX-License-Identifier: Apache-2.0
"""polars as the yardstick of `kindred prepare`: read an event log, map both ids, sort by user and time.

    python prepare_polars.py generate --events 20000000 -o events.csv     # and -o events.parquet: the same events
    python prepare_polars.py measure events.csv events.parquet --repeats 3

The generated log has columns user, item, timestamp, weight; popularity is heavy-tailed on both sides and the rows
are in time order, as a log would be. Each measurement is a fresh process, so that its peak memory is its own.
--sort two_keys is what one writes first; packed joins both keys into one integer, which polars sorts faster still.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def generate(path: Path, events: int, users: int, items: int, seed: int) -> None:
    import polars as pl

    rng = np.random.default_rng(seed)
    # Squared and cubed uniforms: density ~ u^(-1/2) and ~ i^(-2/3). Ids are scattered, so that mapping has work to do.
    user = (users * rng.random(events) ** 2).astype(np.int64)
    item = (items * rng.random(events) ** 3).astype(np.int64)
    frame = pl.DataFrame(
        {
            "user": rng.permutation(10 * users)[:users][user],
            "item": rng.permutation(10 * items)[:items][item],
            "timestamp": np.sort(rng.integers(1_500_000_000, 1_600_000_000, events)),
            "weight": rng.integers(1, 6, events),
        }
    )
    if path.suffix == ".parquet":
        frame.write_parquet(path, compression="zstd")
    elif path.suffix == ".csv":
        frame.write_csv(path)
    else:
        raise SystemExit(f"{path}: expected .csv or .parquet")


def prepare(path: Path, sort: str) -> dict:
    import polars as pl

    begin = time.perf_counter()
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    read_s = time.perf_counter() - begin
    mapped = []
    for name in ("user", "item"):
        ids = frame.select(pl.col(name).unique().sort()).with_row_index(f"{name}_row")
        frame = frame.join(ids, on=name, how="left", maintain_order="left").drop(name)
        mapped.append(ids.height)
    if sort == "packed":
        frame = frame.sort(pl.col("user_row").cast(pl.Int64) * 2**32 + pl.col("timestamp"), maintain_order=True)
    else:
        frame = frame.sort(["user_row", "timestamp"])
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rows": frame.height, "users": mapped[0], "items": mapped[1], "read_s": read_s, "s": seconds, "peak": peak}


def measure(paths: list[Path], sort: str, repeats: int, threads: int) -> None:
    environment = dict(os.environ, POLARS_MAX_THREADS=str(threads))
    for path in paths:
        command = [sys.executable, __file__, "once", str(path), "--sort", sort]
        runs = []
        for _ in range(repeats):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout))
        seconds = sorted(run["s"] for run in runs)
        peak = statistics.median(run["peak"] for run in runs)
        print(
            f"{path.name}, sort {sort}: {runs[0]['rows']:,} rows, {runs[0]['users']:,} users, {runs[0]['items']:,} items: "
            f"median {statistics.median(seconds):.2f} s ({seconds[0]:.2f} .. {seconds[-1]:.2f}), of it reading "
            f"{statistics.median(run['read_s'] for run in runs):.2f} s, peak {peak / 1e9:.2f} GB",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("generate", help="write a seeded event log")
    make.add_argument("--events", type=int, default=20_000_000)
    make.add_argument("--users", type=int, default=140_000)
    make.add_argument("--items", type=int, default=27_000)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("-o", "--output", type=Path, required=True)
    take = commands.add_parser("measure", help="time and peak memory, each run a fresh process")
    take.add_argument("paths", type=Path, nargs="+")
    take.add_argument("--repeats", type=int, default=3)
    take.add_argument("--threads", type=int, default=2)
    once = commands.add_parser("once", help="one run in this process, as JSON")
    once.add_argument("path", type=Path)
    for command in (take, once):
        command.add_argument("--sort", choices=["two_keys", "packed"], default="two_keys")
    args = parser.parse_args()
    if args.command == "generate":
        generate(args.output, args.events, args.users, args.items, args.seed)
    elif args.command == "measure":
        measure(args.paths, args.sort, args.repeats, args.threads)
    else:
        print(json.dumps(prepare(args.path, args.sort)))


if __name__ == "__main__":
    main()
