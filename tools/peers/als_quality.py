# SPDX-License-Identifier: Apache-2.0
"""Quality of irspack's iALS, of its EASE and of popularity, beside Kindred's where runs are given.

A source is a Kindred run folder (its result.json names the prepared dataset: the very same split), a prepared
folder, `gowalla` (the given split), or `ml1m:SEED` (held-out users by the same rule, on a split of this script's own).

    python als_quality.py runs/als-ml1m/A runs/als-ml1m/B runs/als-ml1m/C --factors 128
    python als_quality.py ml1m:1 ml1m:2 ml1m:3 --factors 128 --a0 .1 --regularization .01
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import numpy as np  # noqa: E402
import scipy.sparse as sps  # noqa: E402
from irspack.recommenders import DenseSLIMRecommender  # noqa: E402

import als_peers  # noqa: E402
import datasets  # noqa: E402
import ranking  # noqa: E402
from prepared import Prepared  # noqa: E402

MAX_EASE_ITEMS = 20_000  # a dense items x items inverse


@dataclass
class Source:
    name: str
    train: sps.csr_matrix
    validation: datasets.HeldOut | None
    test: datasets.HeldOut
    kindred: dict | None = None  # metrics.test and baselines.test of a run


def open_source(text: str) -> Source:
    if text == "gowalla":
        train, test = datasets.gowalla(datasets.data_folder())
        return Source(text, train, None, test)
    if text.startswith("ml1m:"):
        matrix = datasets.ml1m(datasets.data_folder())
        train, test, validation = datasets.hold_out_users(matrix, 600, 600, int(text.split(":")[1]))
        return Source(text, train, validation, test)
    folder, result = Path(text), None
    if (folder / "result.json").exists():
        result = json.loads((folder / "result.json").read_text())
        folder = Path(result["data"]["prepared"])
    data = Prepared(folder)
    test = data.part("test")
    if test is None:
        raise SystemExit(f"{text}: has no test part")
    return Source(text, data.train(), data.part("validation"), test, result)


def ials_scorer(train: sps.csr_matrix, held: datasets.HeldOut, args: argparse.Namespace, seed: int) -> ranking.Scorer:
    settings = als_peers.AlsSettings(
        args.factors, args.a0, args.regularization, args.exponent, args.init_stddev, threads=args.threads, seed=seed
    )
    model = als_peers.Irspack(train, settings, args.solver)
    for _ in range(args.iterations):
        model.step()
    x, y = model.factors()
    known = model.fold_in(held.history) if held.users is None else x[held.users]
    return lambda rows: known[rows] @ y.T


def ease_scorer(train: sps.csr_matrix, source: Source, regs: list[float], metrics: list[str]) -> ranking.Scorer:
    """The regularisation is chosen on the validation part; without one there must be a single value."""
    fitted = {}
    for reg in regs:
        weights = np.asarray(DenseSLIMRecommender(train, reg=reg).learn().W)
        score = 0.0
        if len(regs) > 1:
            if source.validation is None:
                raise SystemExit(f"{source.name}: no validation part to choose among --ease-reg {regs}")
            scorer = history_scorer(weights, source.validation)
            score = ranking.evaluate(scorer, source.validation, metrics[-1:])[metrics[-1]]
        fitted[score] = weights
    return history_scorer(fitted[max(fitted)], source.test)


def history_scorer(weights: np.ndarray, held: datasets.HeldOut) -> ranking.Scorer:
    return lambda rows: np.asarray(held.history[rows] @ weights)


def evaluate_source(source: Source, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for seed in args.model_seeds:
        label = "irspack iALS" if len(args.model_seeds) == 1 else f"irspack iALS {seed}"
        scorer = ials_scorer(source.train, source.test, args, seed)
        table[label] = ranking.evaluate(scorer, source.test, args.metrics)
    if source.train.shape[1] <= MAX_EASE_ITEMS:
        scorer = ease_scorer(source.train, source, args.ease_reg, args.metrics)
        table["irspack EASE"] = ranking.evaluate(scorer, source.test, args.metrics)
    popularity = np.asarray(source.train.sum(axis=0)).ravel()
    table["popularity"] = ranking.evaluate(lambda rows: np.tile(popularity, (len(rows), 1)), source.test, args.metrics)
    if source.kindred:
        rows = {f"kindred {source.kindred['model']}": source.kindred["metrics"]["test"]}
        rows |= {f"kindred {k}": v for k, v in source.kindred.get("baselines", {}).get("test", {}).items()}
        for label, metrics in rows.items():
            table[label] = {name: metrics[name]["value"] for name in args.metrics if name in metrics}
    return table


def print_table(title: str, table: dict[str, dict[str, float]], metrics: list[str]) -> None:
    print(f"{title}\n  {'':24}" + "".join(f"{name:>18}" for name in metrics))
    for label, values in table.items():
        cells = [f"{values[name]:18.4f}" if name in values else f"{'-':>18}" for name in metrics]
        print(f"  {label:24}" + "".join(cells), flush=True)


def mean_table(tables: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    labels = [label for label in tables[0] if all(label in table for table in tables)]
    names = {label: [n for n in tables[0][label] if all(n in t[label] for t in tables)] for label in labels}
    return {label: {n: float(np.mean([t[label][n] for t in tables])) for n in names[label]} for label in labels}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--metrics", nargs="+", default=["recall_capped@20", "recall_capped@50", "ndcg@100"])
    parser.add_argument("--factors", type=int, default=128)
    parser.add_argument("--a0", type=float, default=0.1)
    parser.add_argument("--regularization", type=float, default=0.003)
    parser.add_argument("--exponent", type=float, default=1.0)
    parser.add_argument("--init-stddev", type=float, default=0.1)
    parser.add_argument("--iterations", type=int, default=16)
    parser.add_argument("--solver", choices=["CHOLESKY", "CG"], default="CHOLESKY")
    parser.add_argument("--ease-reg", type=float, nargs="+", default=[100.0, 300.0, 1000.0])
    parser.add_argument("--model-seeds", type=int, nargs="+", default=[42])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    tables = []
    for text in args.sources:
        tables.append(evaluate_source(open_source(text), args))
        print_table(text, tables[-1], args.metrics)
    if len(tables) > 1:
        print_table(f"mean of {len(tables)}", mean_table(tables), args.metrics)
    if args.output:
        args.output.write_text(json.dumps(dict(zip(args.sources, tables)), indent=1) + "\n")


if __name__ == "__main__":
    main()
