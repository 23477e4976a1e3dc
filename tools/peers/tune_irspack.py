# SPDX-License-Identifier: Apache-2.0
"""Tune irspack's iALS on a validation part of the training data: 10 % of each user's training events (given
split) or the validation users (held-out users). The test part is never read. One JSON line a trial.

    python tune_irspack.py --set gowalla --factors 256 --trials 40 -o trials.jsonl
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import scipy.sparse as sps  # noqa: E402

import datasets  # noqa: E402
import ranking  # noqa: E402
from als_peers import AlsSettings, Irspack  # noqa: E402

METRICS = {"gowalla": ["recall@20", "ndcg@20"], "ml1m": ["recall_capped@20", "recall_capped@50", "ndcg@100"]}


def tuning_parts(name: str, users: int, seed: int) -> tuple[sps.csr_matrix, datasets.HeldOut]:
    folder = datasets.data_folder()
    if name == "ml1m":
        train, _, validation = datasets.hold_out_users(datasets.ml1m(folder), 600, 600, seed)
        return train, validation
    train, held = datasets.hold_out_events(datasets.gowalla(folder)[0], 0.1, seed)
    candidates = np.flatnonzero(np.diff(held.indptr))
    chosen = np.sort(np.random.default_rng(seed).permutation(candidates)[:users])
    return train, datasets.HeldOut(chosen, train[chosen], held[chosen])


def draw(rng: np.random.Generator, args: argparse.Namespace, matrix: sps.csr_matrix) -> AlsSettings:
    a0 = float(np.exp(rng.uniform(*np.log(args.a0))))
    nu = float(rng.uniform(*args.nu))
    # A mean penalty is drawn and turned into lambda, because lambda's good range moves far with nu and a0.
    penalty = float(np.exp(rng.uniform(*np.log(args.penalty))))
    lengths = np.diff(matrix.indptr)
    scale = float(np.mean((lengths + a0 * matrix.shape[1]) ** nu))
    return AlsSettings(args.factors, a0, penalty / scale, nu, threads=args.threads)


def scorer(model: Irspack, held_out: datasets.HeldOut) -> ranking.Scorer:
    x, y = model.factors()
    known = model.fold_in(held_out.history) if held_out.users is None else x[held_out.users]
    return lambda rows: known[rows] @ y.T


def run_trial(settings: AlsSettings, args: argparse.Namespace, train: sps.csr_matrix, validation: datasets.HeldOut):
    model = Irspack(train, settings, args.solver)
    curve, begin = {}, time.perf_counter()
    for iteration in range(1, args.iterations + 1):
        model.step()
        if iteration in args.check:
            curve[iteration] = ranking.evaluate(scorer(model, validation), validation, METRICS[args.set])
    main = METRICS[args.set][-1]
    best = max(curve, key=lambda at: curve[at][main])
    return {
        "factors": settings.factors,
        "unobserved_weight": settings.unobserved_weight,
        "regularization": settings.regularization,
        "exponent": settings.exponent,
        "iterations": best,
        "validation": curve[best],
        "curve": curve,
        "seconds": round(time.perf_counter() - begin, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=sorted(METRICS), default="gowalla")
    parser.add_argument("--factors", type=int, default=256)
    parser.add_argument("--solver", default="CG")
    parser.add_argument("--a0", type=float, nargs=2, default=[0.002, 0.2], help="range, drawn log-uniformly")
    parser.add_argument("--nu", type=float, nargs=2, default=[0.0, 1.0])
    parser.add_argument("--penalty", type=float, nargs=2, default=[0.3, 10.0], help="mean l_u, log-uniform")
    parser.add_argument("--iterations", type=int, default=16)
    parser.add_argument("--check", type=int, nargs="+", default=[4, 8, 12, 16])
    parser.add_argument("--users", type=int, default=6000, help="validation users that are scored (given split)")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the validation part")
    parser.add_argument("--search-seed", type=int, default=1)
    parser.add_argument("--fixed", type=float, nargs=3, action="append", metavar=("A0", "LAMBDA", "NU"), default=[])
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    train, validation = tuning_parts(args.set, args.users, args.seed)
    rng = np.random.default_rng(args.search_seed)
    trials = [AlsSettings(args.factors, a0, lam, nu, threads=args.threads) for a0, lam, nu in args.fixed]
    trials += [draw(rng, args, train) for _ in range(args.trials)]
    with args.output.open("a") as output:
        for settings in trials:
            record = run_trial(settings, args, train, validation)
            print(json.dumps(record), file=output, flush=True)
            print({key: value for key, value in record.items() if key != "curve"}, flush=True)


if __name__ == "__main__":
    main()
