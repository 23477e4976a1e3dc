# SPDX-License-Identifier: Apache-2.0
"""Time to objective: seconds of training until within 0.5 % of the lowest objective that any solver reaches.

Each solver runs the given iterations; only its iterations are timed, the exact objective (double precision) is taken
between them. The first run gives the objectives, further runs repeat the times, the solvers in turn; medians are
reported. `kindred` is the program itself (model.solver auto; kindred-dual and so on for another solver).

    python als_objective.py --sets gowalla --factors 128 -o curves.json
    python als_objective.py --read curves.json
    python als_objective.py --form implicit --solvers kindred implicit-cg
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit asks for it; irspack does not use it

import scipy.sparse as sps  # noqa: E402

import als_peers  # noqa: E402
import datasets  # noqa: E402
import kindred_curve  # noqa: E402
import objective  # noqa: E402


def exact_objective(factors, matrix: sps.csr_matrix, settings: als_peers.AlsSettings, form: str) -> float:
    x, y = factors
    if form == "implicit":
        return objective.implicit_objective(x, y, matrix, settings.regularization)
    s = settings
    return objective.kindred_objective(x, y, matrix, s.unobserved_weight, s.regularization, s.exponent)


def peer_run(name: str, matrix: sps.csr_matrix, settings: als_peers.AlsSettings, with_objective: bool, args):
    """Elapsed seconds after each iteration, and the objectives where they are asked for."""
    peer = als_peers.make(name, matrix, settings)
    elapsed, seconds, values = 0.0, [], []
    for _ in range(args.iterations):
        begin = time.perf_counter()
        peer.step()
        elapsed += time.perf_counter() - begin
        seconds.append(elapsed)
        if with_objective:
            values.append(exact_objective(peer.factors(), matrix, settings, args.form))
    return seconds, values


def measure(set_name: str, factors: int, args: argparse.Namespace, folder: Path) -> dict:
    matrix = datasets.training_matrix(set_name, folder)
    settings = als_peers.AlsSettings(factors, args.a0, args.regularization, args.exponent, threads=args.threads)
    if args.form == "implicit":
        matrix.data[:] = 1.0 + args.alpha
    runs: dict[str, list[list[float]]] = {name: [] for name in args.solvers}
    values: dict[str, list[float]] = {}
    for repeat in range(args.repeats):  # the solvers in turn, so that a disturbance meets all of them
        for name in args.solvers:
            if name.startswith("kindred"):
                solver = name.partition("-")[2] or "auto"
                seconds, found = kindred_curve.run(
                    set_name, settings, args.form, args.alpha, args.iterations, solver, args.binary
                )
            else:
                seconds, found = peer_run(name, matrix, settings, repeat == 0, args)
            runs[name].append(seconds)
            values.setdefault(name, found)
    curves = {}
    for name in args.solvers:
        medians = [statistics.median(run[at] for run in runs[name]) for at in range(args.iterations)]
        spread = [runs[name][r][-1] for r in range(args.repeats)]
        curves[name] = {"elapsed_s": medians, "objective": values[name], "total_s_of_runs": spread}
    about = {"set": set_name, "factors": factors, "form": args.form}
    return about | {"settings": vars(settings), "curves": curves}


def seconds_until(curve: dict, bound: float) -> tuple[float | None, int | None]:
    for at, (seconds, value) in enumerate(zip(curve["elapsed_s"], curve["objective"])):
        if value <= bound:
            return seconds, at + 1
    return None, None


def print_table(results: list[dict], tolerance: float, iterations: int) -> None:
    print(f"{'set':8} {'form':8} {'K':>5} {'solver':18} {'lowest':>14} {'until s':>9} {'iter':>5} {'s/iter':>8} {'rises':>6}")
    for result in results:
        curves = {name: {k: v[:iterations] for k, v in c.items()} for name, c in result["curves"].items()}
        lowest = min(min(curve["objective"]) for curve in curves.values())
        for name, curve in curves.items():
            seconds, at = seconds_until(curve, lowest * (1.0 + tolerance))
            values = curve["objective"]
            # A rise beyond float32's rounding means that the solver does not minimise this objective.
            rises = sum(after > before * (1.0 + 1e-6) for before, after in zip(values, values[1:]))
            reached = "never" if seconds is None else f"{seconds:.3f}"
            per_iteration = curve["elapsed_s"][-1] / len(curve["elapsed_s"])
            print(
                f"{result['set']:8} {result['form']:8} {result['factors']:5} {name:18} {min(values):14.3f} "
                f"{reached:>9} {at or '-':>5} {per_iteration:8.4f} {rises:6}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["gowalla", "ml1m"])
    parser.add_argument("--factors", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--solvers", nargs="+", default=["kindred", "irspack-cg"])
    parser.add_argument("--form", choices=["kindred", "implicit"], default="kindred")
    parser.add_argument("--a0", type=float, default=0.1)
    parser.add_argument("--regularization", type=float, default=0.003)
    parser.add_argument("--exponent", type=float, default=1.0)
    parser.add_argument("--alpha", type=float, default=10.0, help="implicit form: confidence 1 + alpha of a pair")
    parser.add_argument("--iterations", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tolerance", type=float, default=0.005)
    parser.add_argument("--binary", type=Path, default=kindred_curve.ROOT / "build" / "cpu" / "bin" / "kindred")
    parser.add_argument("--read", type=Path, help="print the table of this file, measure nothing")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    if args.read:
        results = json.loads(args.read.read_text())
    else:
        folder = datasets.data_folder()
        results = [measure(name, factors, args, folder) for name in args.sets for factors in args.factors]
    if args.output:
        args.output.write_text(json.dumps(results, indent=1) + "\n")
    print_table(results, args.tolerance, args.iterations)


if __name__ == "__main__":
    main()
