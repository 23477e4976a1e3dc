# SPDX-License-Identifier: Apache-2.0
"""Confirms Kindred's metrics with ranx, from the TREC files that `kindred evaluate RUN --trec DIR` wrote.

    kindred evaluate RUN --trec trec --json > evaluation.json
    python check_metrics.py trec/test.run trec/test.qrels evaluation.json

A run line is `user Q0 item rank score tag`, a qrels line `user 0 item gain`. Exit 1 when a metric differs.
"""

import argparse
import json
from pathlib import Path

from ranx import Qrels, Run, evaluate

RANX_NAMES = {"hit_rate": "hit_rate", "precision": "precision", "recall": "recall", "ndcg": "ndcg", "map": "map",
              "mrr": "mrr", "f1": "f1"}


def read_table(path: Path, id_column: int, value_column: int) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fields = line.split()
        if len(fields) <= value_column:
            raise SystemExit(f"{path}:{number}: {len(fields)} fields, expected more than {value_column}")
        table.setdefault(fields[0], {})[fields[id_column]] = fields[value_column]
    return table


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """Scores are replaced by -rank: ranx sorts by score only, and the rank settles ties as Kindred did."""
    return {user: {item: -float(rank) for item, rank in items.items()} for user, items in read_table(path, 2, 3).items()}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    return {u: {item: int(float(gain)) for item, gain in items.items()} for u, items in read_table(path, 2, 3).items()}


def recall_capped(run: dict, qrels: dict, k: int) -> float:
    """ranx has no such metric: hits over min(k, relevant), from the same lists."""
    total = 0.0
    for user, relevant in qrels.items():
        top = sorted(run.get(user, {}), key=run.get(user, {}).get, reverse=True)[:k]
        total += sum(item in relevant for item in top) / min(k, len(relevant))
    return total / len(qrels)


def average_precision_capped(run: dict, qrels: dict, k: int) -> float:
    """map@k with divisor min(k, relevant); ranx divides by all relevant."""
    total = 0.0
    for user, relevant in qrels.items():
        top = sorted(run.get(user, {}), key=run.get(user, {}).get, reverse=True)[:k]
        hits, precision = 0, 0.0
        for position, item in enumerate(top, 1):
            if item in relevant:
                hits += 1
                precision += hits / position
        total += precision / min(k, len(relevant))
    return total / len(qrels)


def reference(name: str, run: dict, qrels: dict, ranx_run: Run, ranx_qrels: Qrels) -> tuple[float, str] | None:
    kind, _, cut = name.partition("@")
    if not cut:
        return None
    if kind == "recall_capped":
        return recall_capped(run, qrels, int(cut)), "own loop"
    if kind == "map":
        return average_precision_capped(run, qrels, int(cut)), "own loop"
    if kind not in RANX_NAMES:
        return None
    return float(evaluate(ranx_qrels, ranx_run, f"{RANX_NAMES[kind]}@{cut}", make_comparable=True)), "ranx"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("qrels", type=Path)
    parser.add_argument("evaluation", type=Path, help="output of kindred evaluate --json, or a run's result.json")
    parser.add_argument("--part", default="test")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    args = parser.parse_args()
    run, qrels = read_run(args.run), read_qrels(args.qrels)
    metrics = json.loads(args.evaluation.read_text())["metrics"][args.part]
    ranx_run, ranx_qrels = Run(run), Qrels(qrels)
    failed = checked = 0
    for name, entry in metrics.items():
        found = reference(name, run, qrels, ranx_run, ranx_qrels)
        if found is None:
            print(f"{name:20} not checked: no such metric there")
            continue
        checked += 1
        wrong = abs(found[0] - entry["value"]) > args.tolerance
        failed += wrong
        print(f"{name:20} kindred {entry['value']:.8f}  {found[1]} {found[0]:.8f}  {'DIFFERS' if wrong else 'equal'}")
    if failed or not checked:
        raise SystemExit(f"{failed} of {checked} metrics differ" if checked else "no metric could be checked")


if __name__ == "__main__":
    main()
